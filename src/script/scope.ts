import type { Identifier, Program } from "acorn";
import { type ClassNode, children, type FunctionNode, isClass, isFunction, type Node } from "./ast.js";

/** One variable, parameter, function, class or import of the script. */
export interface Binding {
  readonly name: string;
  /** Every identifier that stands for it, declarations included. */
  readonly identifiers: Identifier[];
  /** Its function, where a function declaration made it. */
  declaration: FunctionNode | undefined;
  /** The block whose start a function declaration is hoisted to. */
  block: Node | undefined;
  /** Whether an assignment outside its declaration changes it. */
  assigned: boolean;
}

/** Which binding each identifier means; identifiers without one are global. */
export interface Scopes {
  readonly bindingOf: ReadonlyMap<Identifier, Binding>;
  readonly free: readonly Identifier[];
}

class Scope {
  readonly names = new Map<string, Binding>();
  constructor(readonly parent: Scope | undefined) {}

  declare(name: string): Binding {
    let binding = this.names.get(name);
    if (binding === undefined) {
      binding = { name, identifiers: [], declaration: undefined, block: undefined, assigned: false };
      this.names.set(name, binding);
    }
    return binding;
  }

  find(name: string): Binding | undefined {
    return this.names.get(name) ?? this.parent?.find(name);
  }
}

/** The identifiers that a declaration's or an assignment's pattern binds. */
export function patternNames(pattern: Node): Identifier[] {
  switch (pattern.type) {
    case "Identifier":
      return [pattern];
    case "ObjectPattern":
      return pattern.properties.flatMap((p) => patternNames(p.type === "Property" ? p.value : p.argument));
    case "ArrayPattern":
      return pattern.elements.flatMap((e) => (e === null ? [] : patternNames(e)));
    case "AssignmentPattern":
      return patternNames(pattern.left);
    case "RestElement":
      return patternNames(pattern.argument);
    default:
      return [];
  }
}

/** Resolves every identifier of a module (strict mode: a function declaration belongs to its block). */
export function resolveScopes(program: Program): Scopes {
  const bindingOf = new Map<Identifier, Binding>();
  const free: Identifier[] = [];

  function hoistVars(node: Node, scope: Scope): void {
    if (isFunction(node) || isClass(node)) return;
    if (node.type === "VariableDeclaration" && node.kind === "var") {
      for (const d of node.declarations) for (const id of patternNames(d.id)) scope.declare(id.name);
    }
    for (const child of children(node)) hoistVars(child, scope);
  }

  function declareLexical(statements: readonly Node[], scope: Scope, block: Node): void {
    for (const statement of statements) {
      const node =
        (statement.type === "ExportNamedDeclaration" || statement.type === "ExportDefaultDeclaration") &&
        statement.declaration
          ? statement.declaration
          : statement;
      if (node.type === "VariableDeclaration") {
        for (const d of node.declarations) for (const id of patternNames(d.id)) scope.declare(id.name);
      } else if (node.type === "FunctionDeclaration" && node.id) {
        const binding = scope.declare(node.id.name);
        binding.declaration = node;
        binding.block = block;
      } else if (node.type === "ClassDeclaration" && node.id) scope.declare(node.id.name);
      else if (node.type === "ImportDeclaration") for (const s of node.specifiers) scope.declare(s.local.name);
    }
  }

  function use(id: Identifier, scope: Scope): void {
    const binding = scope.find(id.name);
    if (binding === undefined) free.push(id);
    else {
      binding.identifiers.push(id);
      bindingOf.set(id, binding);
    }
  }

  function assign(target: Node, scope: Scope): void {
    for (const id of patternNames(target)) {
      const binding = scope.find(id.name);
      if (binding !== undefined) binding.assigned = true;
    }
  }

  function visitFunction(fn: FunctionNode, outer: Scope): void {
    let scope = new Scope(outer);
    if (fn.type === "FunctionExpression" && fn.id) {
      scope.declare(fn.id.name);
      use(fn.id, scope);
      scope = new Scope(scope);
    }
    for (const param of fn.params) for (const id of patternNames(param)) scope.declare(id.name);
    for (const param of fn.params) visit(param, scope);
    if (fn.body.type === "BlockStatement") {
      hoistVars(fn.body, scope);
      declareLexical(fn.body.body, scope, fn.body);
      for (const statement of fn.body.body) visit(statement, scope);
    } else visit(fn.body, scope);
  }

  function visitClass(node: ClassNode, outer: Scope): void {
    const scope = new Scope(outer);
    if (node.id) {
      if (node.type === "ClassDeclaration") use(node.id, outer);
      else {
        scope.declare(node.id.name);
        use(node.id, scope);
      }
    }
    if (node.superClass) visit(node.superClass, scope);
    visit(node.body, scope);
  }

  function visit(node: Node, scope: Scope): void {
    if (isFunction(node)) {
      if (node.type === "FunctionDeclaration" && node.id) use(node.id, scope);
      visitFunction(node, scope);
      return;
    }
    if (isClass(node)) {
      visitClass(node, scope);
      return;
    }
    switch (node.type) {
      case "Identifier":
        use(node, scope);
        return;
      case "BlockStatement":
      case "StaticBlock": {
        const inner = new Scope(scope);
        if (node.type === "StaticBlock") for (const s of node.body) hoistVars(s, inner);
        declareLexical(node.body, inner, node);
        for (const s of node.body) visit(s, inner);
        return;
      }
      case "ForStatement":
      case "ForInStatement":
      case "ForOfStatement": {
        const inner = new Scope(scope);
        const head = node.type === "ForStatement" ? node.init : node.left;
        if (head?.type === "VariableDeclaration" && head.kind !== "var") declareLexical([head], inner, node);
        else if (head && node.type !== "ForStatement") assign(head, scope);
        for (const child of children(node)) visit(child, inner);
        return;
      }
      case "SwitchStatement": {
        visit(node.discriminant, scope);
        const inner = new Scope(scope);
        for (const c of node.cases) declareLexical(c.consequent, inner, node);
        for (const c of node.cases) for (const child of children(c)) visit(child, inner);
        return;
      }
      case "CatchClause": {
        const inner = new Scope(scope);
        if (node.param) {
          for (const id of patternNames(node.param)) inner.declare(id.name);
          visit(node.param, inner);
        }
        visit(node.body, inner);
        return;
      }
      case "MemberExpression":
        visit(node.object, scope);
        if (node.computed) visit(node.property, scope);
        return;
      case "Property":
      case "MethodDefinition":
      case "PropertyDefinition":
        if (node.computed) visit(node.key, scope);
        if (node.value) visit(node.value, scope);
        return;
      case "LabeledStatement":
        visit(node.body, scope);
        return;
      case "BreakStatement":
      case "ContinueStatement":
      case "MetaProperty":
      case "ExportAllDeclaration":
        return;
      case "ImportDeclaration":
        for (const s of node.specifiers) use(s.local, scope);
        return;
      case "ExportNamedDeclaration":
        if (node.declaration) visit(node.declaration, scope);
        else if (!node.source) for (const s of node.specifiers) if (s.local.type === "Identifier") use(s.local, scope);
        return;
      case "AssignmentExpression":
        assign(node.left, scope);
        break;
      case "UpdateExpression":
        assign(node.argument, scope);
        break;
    }
    for (const child of children(node)) visit(child, scope);
  }

  const top = new Scope(undefined);
  hoistVars(program, top);
  declareLexical(program.body, top, program);
  for (const statement of program.body) visit(statement, top);
  return { bindingOf, free };
}
