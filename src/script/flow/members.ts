import type { ObjectPattern, Program } from "acorn";
import { children, type Node, propertyName, unwrap } from "../ast.js";
import type { Binding, Scopes } from "../scope.js";
import type { Place, Value } from "../values.js";
import type { CallSite } from "./types.js";
import type { World } from "./world.js";

export type Members = ReturnType<typeof makeMembers>;

/** What is known of `object.name` where the object is, or may be, a k6 module that the script imports. */
export function makeMembers(program: Program, scopes: Scopes, world: World) {
  const { graph, moduleValue, moduleMember, property, read, variable } = world;
  const imports = new Map<Binding, Value>();
  /** Names that the script assigns to on any object; a k6 module's function of that name may have been replaced. */
  const changedNames = new Set<string>();
  for (const statement of program.body) {
    if (statement.type !== "ImportDeclaration") continue;
    const id = String(statement.source.value);
    for (const s of statement.specifiers) {
      const binding = scopes.bindingOf.get(s.local)!;
      let value = moduleValue(id);
      if (s.type === "ImportSpecifier") {
        value = moduleMember(id, s.imported.type === "Identifier" ? s.imported.name : String(s.imported.value));
      }
      imports.set(binding, value);
      graph.add(variable(binding), value);
    }
    moduleValue(id);
  }
  findChangedNames(program);

  return { importedModule, member, memberTargets, takeMembers };

  function findChangedNames(node: Node): void {
    if (node.type === "AssignmentExpression" || node.type === "UpdateExpression") {
      const target = unwrap(node.type === "AssignmentExpression" ? node.left : node.argument);
      if (target.type === "MemberExpression") changedNames.add(propertyName(target.property, target.computed) ?? "");
    }
    for (const child of children(node)) findChangedNames(child);
  }

  /** The module that an identifier certainly is. */
  function importedModule(node: Node): string | undefined {
    const inner = unwrap(node);
    if (inner.type !== "Identifier") return undefined;
    const value = imports.get(scopes.bindingOf.get(inner) as Binding);
    return value?.kind === "module" ? value.id : undefined;
  }

  function member(node: Node & { type: "MemberExpression" }, object: Place): Place {
    const name = propertyName(node.property, node.computed);
    const module = importedModule(node.object);
    if (module === undefined || name === undefined || changedNames.has(name)) return read(object, name);
    const place = graph.place();
    graph.add(place, moduleMember(module, name));
    return place;
  }

  /** A method that can only be one of a k6 module or a private one of the script. */
  function memberTargets(
    node: Node & { type: "MemberExpression" },
    object: Place,
    callee: Place,
  ): ReturnType<CallSite["targets"]> {
    const name = propertyName(node.property, node.computed);
    if (name === undefined || changedNames.has(name)) return { values: graph.values(callee), exact: false };
    if (name.startsWith("#")) return { values: graph.values(property(name)), exact: true };
    const owners = [...graph.values(object)];
    const modules = owners.flatMap((v) => (v.kind === "module" ? [moduleMember(v.id, name)] : []));
    if (modules.length > 0 && modules.length === owners.length) return { values: modules, exact: true };
    return { values: graph.values(callee), exact: false };
  }

  /** `const { get, post: send } = http`; false where the pattern asks for more than names. */
  function takeMembers(pattern: ObjectPattern, module: string): boolean {
    const taken = pattern.properties.map((p) => {
      const name = p.type === "Property" ? propertyName(p.key, p.computed) : undefined;
      const target = p.type === "Property" && p.value.type === "Identifier" ? scopes.bindingOf.get(p.value) : undefined;
      return { name, target };
    });
    if (taken.some((t) => t.name === undefined || t.target === undefined || changedNames.has(t.name))) return false;
    for (const { name, target } of taken) graph.add(variable(target!), moduleMember(module, name!));
    return true;
  }
}
