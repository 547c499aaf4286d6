import { type AnyNode, type Element, isElement, type Page } from "./dom.js";
import { elementMethods } from "./element-kinds.js";

const nodeTypes: Readonly<Record<string, number>> = { text: 3, comment: 8, root: 9, directive: 10 };
const nodeNames: Readonly<Record<string, string>> = { text: "#text", comment: "#comment", root: "#document" };
const nodes = new WeakMap<object, AnyNode>();

/** The node behind what a script holds; undefined for anything else. */
export function nodeOf(given: unknown): AnyNode | undefined {
  return typeof given === "object" && given !== null ? nodes.get(given) : undefined;
}

/** A node as scripts see it: the DOM's properties, as methods. */
export class HtmlElement {
  readonly #page: Page;
  readonly #node: AnyNode;

  constructor(page: Page, node: AnyNode) {
    this.#page = page;
    this.#node = node;
    nodes.set(this, node);
  }

  /** Makes a selection of one element; set by the module of selections, which knows elements. */
  static select: (page: Page, node: AnyNode) => object;

  selection(): object {
    return HtmlElement.select(this.#page, this.#node);
  }
  attributes(): Record<string, object> {
    return Object.fromEntries(Object.keys(this.#attribs).map((name) => [name, this.getAttributeNode(name)!]));
  }
  childElementCount(): number {
    return this.#childElements.length;
  }
  childNodes(): HtmlElement[] {
    return this.#wrapAll(this.#children);
  }
  children(): HtmlElement[] {
    return this.#wrapAll(this.#childElements);
  }
  classList(): string[] {
    return (this.#attribs.class ?? "").split(/\s+/).filter((name) => name !== "");
  }
  className(): string | undefined {
    return this.#attribs.class;
  }
  firstChild(): HtmlElement | undefined {
    return this.#wrap(this.#children[0]);
  }
  firstElementChild(): HtmlElement | undefined {
    return this.#wrap(this.#childElements[0]);
  }
  lastChild(): HtmlElement | undefined {
    return this.#wrap(this.#children.at(-1));
  }
  lastElementChild(): HtmlElement | undefined {
    return this.#wrap(this.#childElements.at(-1));
  }
  getAttribute(name: string): string | undefined {
    return this.#attribs[String(name).toLowerCase()];
  }
  getAttributeNode(name: string): object | undefined {
    const key = String(name).toLowerCase();
    const value = this.#attribs[key];
    if (value === undefined) return undefined;
    const [prefix, local] = key.includes(":") ? (key.split(":", 2) as [string, string]) : ["", key];
    return {
      name: key,
      value,
      ownerElement: this,
      localName: () => local,
      prefix: () => prefix,
      namespaceURI: () => "",
    };
  }
  getElementsByClassName(name: string): HtmlElement[] {
    return this.querySelectorAll(
      String(name)
        .trim()
        .split(/\s+/)
        .map((each) => `[class~="${each.replace(/["\\]/g, "\\$&")}"]`)
        .join(""),
    );
  }
  getElementsByTagName(name: string): HtmlElement[] {
    return this.querySelectorAll(String(name));
  }
  hasAttribute(name: string): boolean {
    return this.getAttribute(name) !== undefined;
  }
  hasAttributes(): boolean {
    return Object.keys(this.#attribs).length > 0;
  }
  hasChildNodes(): boolean {
    return this.#children.length > 0;
  }
  id(): string {
    return this.#attribs.id ?? "";
  }
  innerHTML(): string | undefined {
    return this.#page.$(this.#node).html() ?? undefined;
  }
  isDefaultNamespace(): boolean {
    return this.namespaceURI() === "";
  }
  isEqualNode(other: unknown): boolean {
    const node = nodeOf(other);
    return node !== undefined && this.#page.$.html(this.#node) === this.#page.$.html(node);
  }
  isSameNode(other: unknown): boolean {
    return nodeOf(other) === this.#node;
  }
  contains(other: unknown): boolean {
    for (let at = nodeOf(other)?.parent; at !== null && at !== undefined; at = at.parent) {
      if (at === this.#node) return true;
    }
    return false;
  }
  lang(): string | undefined {
    return this.#page.$(this.#node).closest("[lang]").attr("lang");
  }
  matches(selector: string): boolean {
    return this.#page.$(this.#node).is(String(selector));
  }
  namespaceURI(): string {
    return (this.#node as { namespace?: string }).namespace?.replace("http://www.w3.org/1999/xhtml", "") ?? "";
  }
  nextSibling(): HtmlElement | undefined {
    return this.#wrap(this.#node.next);
  }
  nextElementSibling(): HtmlElement | undefined {
    return this.#wrap(this.#page.$(this.#node).next()[0]);
  }
  previousSibling(): HtmlElement | undefined {
    return this.#wrap(this.#node.prev);
  }
  previousElementSibling(): HtmlElement | undefined {
    return this.#wrap(this.#page.$(this.#node).prev()[0]);
  }
  nodeName(): string {
    return isElement(this.#node) ? this.#node.name : (nodeNames[this.#node.type] ?? "");
  }
  nodeType(): number | undefined {
    return isElement(this.#node) ? 1 : nodeTypes[this.#node.type];
  }
  nodeValue(): string | undefined {
    return this.#node.type === "text" || this.#node.type === "comment" ? this.#node.data : undefined;
  }
  ownerDocument(): HtmlElement | undefined {
    return this.#wrap(this.#page.$.root()[0]);
  }
  parentNode(): HtmlElement | undefined {
    return this.#wrap(this.#node.parent);
  }
  parentElement(): HtmlElement | undefined {
    return isElement(this.#node.parent) ? this.#wrap(this.#node.parent) : undefined;
  }
  querySelector(selector: string): HtmlElement | undefined {
    return this.querySelectorAll(selector)[0];
  }
  querySelectorAll(selector: string): HtmlElement[] {
    return this.#wrapAll(this.#page.$(this.#node).find(String(selector)).toArray());
  }
  textContent(): string {
    return this.#page.$(this.#node).text();
  }
  toString(): string {
    return `[object html.${isElement(this.#node) ? "Element" : "Node"}]`;
  }

  get #attribs(): Readonly<Record<string, string>> {
    return isElement(this.#node) ? this.#node.attribs : {};
  }
  get #children(): AnyNode[] {
    return "children" in this.#node ? (this.#node.children as AnyNode[]) : [];
  }
  get #childElements(): Element[] {
    return this.#children.filter(isElement);
  }
  #wrap(node: AnyNode | null | undefined): HtmlElement | undefined {
    return wrap(this.#page, node);
  }
  #wrapAll(list: readonly AnyNode[]): HtmlElement[] {
    return list.map((node) => wrap(this.#page, node)!);
  }
}

/** @returns undefined where there is no node */
export function wrap(page: Page, node: AnyNode | null | undefined): HtmlElement | undefined {
  if (node === null || node === undefined) return undefined;
  const element = new HtmlElement(page, node);
  if (isElement(node)) {
    Object.assign(
      element,
      elementMethods(page, node, (each) => wrap(page, each)),
    );
  }
  return element;
}
