import type * as acorn from "acorn";

export type Node = acorn.AnyNode;
export type FunctionNode = acorn.FunctionDeclaration | acorn.FunctionExpression | acorn.ArrowFunctionExpression;
export type ClassNode = acorn.ClassDeclaration | acorn.ClassExpression;
export type CallNode = acorn.CallExpression | acorn.NewExpression | acorn.TaggedTemplateExpression;

export function isFunction(node: Node): node is FunctionNode {
  return (
    node.type === "FunctionDeclaration" || node.type === "FunctionExpression" || node.type === "ArrowFunctionExpression"
  );
}

export function isClass(node: Node): node is ClassNode {
  return node.type === "ClassDeclaration" || node.type === "ClassExpression";
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string";
}

/** The nodes directly inside another, in source order; the key of a shorthand property is given once, as its value. */
export function children(node: Node): Node[] {
  const found: Node[] = [];
  for (const [key, value] of Object.entries(node)) {
    if (key === "key" && node.type === "Property" && node.shorthand) continue;
    if (Array.isArray(value)) {
      for (const item of value) if (isNode(item)) found.push(item);
    } else if (isNode(value)) found.push(value);
  }
  return found.sort((a, b) => a.start - b.start);
}

/** The expression inside any parentheses. */
export function unwrap(node: Node): Node {
  let inner = node;
  while (inner.type === "ParenthesizedExpression") inner = inner.expression;
  return inner;
}

/** The name of a property where it is written out: `a.b`, `a["b"]`, `a.#b` (as "#b"); undefined where computed. */
export function propertyName(key: Node, computed: boolean): string | undefined {
  const inner = unwrap(key);
  if (inner.type === "PrivateIdentifier") return `#${inner.name}`;
  if (!computed && inner.type === "Identifier") return inner.name;
  if (inner.type === "Literal" && typeof inner.value === "string") return inner.value;
  return undefined;
}
