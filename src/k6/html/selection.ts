import { isSuspending } from "../../model/vu.js";
import { formText } from "../form-text.js";
import { misuse } from "../script-fail.js";
import { dataAttribute, dataProperty } from "./data-names.js";
import { type AnyNode, isElement, type Nodes, type Page } from "./dom.js";
import { HtmlElement, nodeOf, wrap } from "./element.js";
import { type FormValue, fieldValue, formValues } from "./form-fields.js";

type Visit = (index: number, item: unknown) => unknown;
type Matcher = string | Selection | Visit;

/** A set of nodes with jQuery's read-only methods: what `parseHTML()` and `Response.html()` give. */
export class Selection {
  readonly #page: Page;
  readonly #nodes: Nodes;

  constructor(page: Page, nodes: Nodes) {
    this.#page = page;
    this.#nodes = nodes;
  }

  attr(name: string, fallback?: string): string | undefined {
    return this.#nodes.attr(String(name)) ?? fallback;
  }

  text(): string {
    return this.#nodes.text();
  }

  html(): string | undefined {
    return this.#nodes.html() ?? undefined;
  }

  /** The first field's value; an array for a select that takes several. */
  val(): string | string[] | undefined {
    const first = this.#nodes[0];
    return isElement(first) ? fieldValue(this.#page, first) : undefined;
  }

  /** A `data-` attribute by its name, as the JSON value that it spells where it spells one; all of them without. */
  data(key?: string): unknown {
    const first = this.#nodes[0];
    if (!isElement(first) || Object.keys(first.attribs).length === 0) return undefined;
    if (key !== undefined) return dataValue(first.attribs[dataAttribute(String(key))]);
    const all: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(first.attribs)) {
      if (!name.startsWith("data-") || name === "data-") continue;
      all[dataProperty(name.slice(5))] = dataValue(value);
    }
    return all;
  }

  find(selector: Matcher): Selection {
    return this.#with(this.#nodes.find(this.#given(selector) as string));
  }
  /** The first that `find` would find, alone. */
  single(selector: Matcher): Selection {
    return this.find(selector).first();
  }
  children(selector?: string): Selection {
    return this.#with(this.#nodes.children(selector));
  }
  closest(selector: Matcher): Selection {
    return this.#with(this.#nodes.closest(this.#given(selector) as string));
  }
  contents(): Selection {
    return this.#with(this.#nodes.contents());
  }
  next(selector?: Matcher): Selection {
    return this.#with(this.#nodes.next(this.#given(selector)));
  }
  nextAll(selector?: Matcher): Selection {
    return this.#with(this.#nodes.nextAll(this.#given(selector)));
  }
  nextUntil(until?: Matcher, filter?: Matcher): Selection {
    return this.#with(this.#nodes.nextUntil(this.#given(until), this.#given(filter)));
  }
  prev(selector?: Matcher): Selection {
    return this.#with(this.#nodes.prev(this.#given(selector)));
  }
  prevAll(selector?: Matcher): Selection {
    return this.#with(this.#nodes.prevAll(this.#given(selector)));
  }
  prevUntil(until?: Matcher, filter?: Matcher): Selection {
    return this.#with(this.#nodes.prevUntil(this.#given(until), this.#given(filter)));
  }
  parent(selector?: Matcher): Selection {
    return this.#with(this.#nodes.parent(this.#given(selector)));
  }
  parents(selector?: Matcher): Selection {
    return this.#with(this.#nodes.parents(this.#given(selector)));
  }
  parentsUntil(until?: Matcher, filter?: Matcher): Selection {
    return this.#with(this.#nodes.parentsUntil(this.#given(until), this.#given(filter)));
  }
  has(selector: Matcher): Selection {
    return this.#with(this.#nodes.has(this.#given(selector) as string));
  }
  not(selector: Matcher): Selection {
    return this.#with(this.#nodes.not(this.#given(selector) as string));
  }
  filter(selector: Matcher): Selection {
    return this.#with(this.#nodes.filter(this.#given(selector) as string));
  }
  is(selector: Matcher): boolean {
    return this.#nodes.is(this.#given(selector) as string);
  }

  eq(index: number): Selection {
    return this.#with(this.#nodes.eq(Number(index)));
  }
  first(): Selection {
    return this.#with(this.#nodes.first());
  }
  last(): Selection {
    return this.#with(this.#nodes.last());
  }
  slice(start: number, end?: number): Selection {
    return this.#with(this.#nodes.slice(start, end));
  }
  size(): number {
    return this.#nodes.length;
  }
  get length(): number {
    return this.#nodes.length;
  }

  /** The node at an index; negative ones count from the end. */
  get(index: number): HtmlElement | undefined {
    const at = Number(index);
    return wrap(this.#page, this.#nodes[at < 0 ? this.#nodes.length + at : at]);
  }

  toArray(): Selection[] {
    return this.#nodes.toArray().map((node) => this.#of(node));
  }

  /** The callback may make requests: the compiled script then runs it as a loop that waits. */
  each(callback: unknown): Selection {
    for (const [index, element] of this.visits("each", callback)) (callback as Visit)(index, element);
    return this;
  }

  /** Calls with the index and a selection of one; answers that are undefined or null are left out. */
  map(callback: unknown): unknown[] {
    const answers = this.visits("map", callback).map(([index, item]) => (callback as Visit)(index, item));
    return answers.filter((answer) => answer !== undefined && answer !== null);
  }

  serializeArray(): FormValue[] {
    return formValues(this.#page, this.#nodes);
  }

  /** The last value of each name. */
  serializeObject(): Record<string, FormValue["value"]> {
    return Object.fromEntries(this.serializeArray().map(({ name, value }) => [name, value]));
  }

  serialize(): string {
    return formText(Object.entries(this.serializeObject()).filter(([, value]) => value !== undefined));
  }

  toString(): string {
    return this.#nodes.toString();
  }

  /** @internal What `each` and `map` call their callback with. */
  visits(method: "each" | "map", callback: unknown): [number, unknown][] {
    if (typeof callback !== "function") {
      throw misuse("k6.html-callback", `${method}() needs a function.`, { found: typeof callback });
    }
    const item = (node: AnyNode): unknown => (method === "each" ? wrap(this.#page, node) : this.#of(node));
    return this.#nodes.toArray().map((node, index) => [index, item(node)]);
  }

  #with(nodes: unknown): Selection {
    return new Selection(this.#page, nodes as Nodes);
  }

  #of(node: AnyNode): Selection {
    return this.#with(this.#page.$(node));
  }

  #given(matcher: Matcher | HtmlElement | undefined): string | undefined {
    if (matcher === undefined || typeof matcher === "string") return matcher;
    if (matcher instanceof Selection) return matcher.#nodes as never;
    const node = nodeOf(matcher);
    if (node !== undefined) return this.#page.$(node) as never;
    if (typeof matcher === "function") {
      if (isSuspending(matcher)) {
        throw misuse("k6.html-callback", "A test of elements cannot make requests.", {
          hint: "Make them before in a loop, and let the test use their responses.",
        });
      }
      return ((index: number, each: AnyNode) => (matcher as Visit)(index, this.#of(each))) as never;
    }
    throw misuse("k6.html-selector", "This is no selector.", {
      found: typeof matcher,
      expected: "text, a selection, or a function",
    });
  }
}

function dataValue(text: string | undefined): unknown {
  if (text === undefined || text === "" || text === "null" || text === "undefined") return undefined;
  if (text === "true" || text === "false" || /^[[{]/.test(text) || String(Number(text)) === text) {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      return text;
    }
  }
  return text;
}

HtmlElement.select = (page, node) => new Selection(page, page.$(node));
