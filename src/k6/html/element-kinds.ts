import { type AnyNode, type Element, isElement, type Page } from "./dom.js";
import { chosenOptions, fieldValue, optionValue } from "./form-fields.js";

type Methods = Readonly<Record<string, () => unknown>>;

/** What one kind of element needs: itself, its page, and a way to hand other elements to the script. */
interface Kind {
  readonly page: Page;
  readonly element: Element;
  readonly wrap: (node: AnyNode | undefined) => unknown;
}

const fields = "button, fieldset, input, object, output, select, textarea";

/** The methods that elements of this kind have beyond those of all. */
export function elementMethods(page: Page, element: Element, wrap: Kind["wrap"]): Methods {
  return kinds[element.name]?.({ page, element, wrap }) ?? {};
}

const kinds: Readonly<Record<string, (kind: Kind) => Methods>> = {
  a: link,
  area: link,
  base: link,
  link: ({ element }) => ({ relList: () => words(element.attribs.rel) }),
  button: (kind) => ({
    ...field(kind),
    value: () => kind.element.attribs.value ?? kind.page.$(kind.element).html() ?? "",
  }),
  canvas: ({ element }) => ({
    width: () => whole(element.attribs.width, 300),
    height: () => whole(element.attribs.height, 150),
  }),
  col: ({ element }) => ({ span: () => whole(element.attribs.span, 1) }),
  colgroup: ({ element }) => ({ span: () => whole(element.attribs.span, 1) }),
  datalist: (kind) => ({ options: () => all(kind, "option") }),
  fieldset: (kind) => ({
    ...owned(kind),
    elements: () => all(kind, fields),
    type: () => "fieldset",
    validity: () => undefined,
  }),
  form: (kind) => ({
    elements: () => all(kind, fields),
    length: () => all(kind, fields).length,
    method: () => (/^(post|dialog)$/i.exec(kind.element.attribs.method ?? "")?.[0] ?? "get").toLowerCase(),
  }),
  input: field,
  keygen: labelled,
  label: (kind) => ({ ...owned(kind), control: () => kind.wrap(controlOf(kind)) }),
  legend: owned,
  map: (kind) => ({ areas: () => all(kind, "area"), images: () => all(kind, "img, object") }),
  audio: (kind) => ({ textTracks: () => all(kind, "track") }),
  video: (kind) => ({ textTracks: () => all(kind, "track") }),
  meter: (kind) => ({ labels: () => labels(kind) }),
  object: owned,
  option: (kind) => ({
    ...owned(kind),
    disabled: () => kind.page.$(kind.element).is("[disabled], optgroup[disabled] > option"),
    index: () => kind.page.$(kind.element).closest("select").find("option").index(kind.element),
    label: () => kind.element.attribs.label ?? textOf(kind),
    text: () => textOf(kind),
    value: () => optionValue(kind.page, kind.element),
  }),
  output: (kind) => ({ ...labelled(kind), defaultValue: () => textOf(kind), value: () => textOf(kind) }),
  progress: ({ page, element, wrap }) => ({
    labels: () => labels({ page, element, wrap }),
    max: () => number(element.attribs.max, 1),
    value: () => number(element.attribs.value, 0),
    position: () =>
      element.attribs.value === undefined ? -1 : number(element.attribs.value, 0) / number(element.attribs.max, 1),
  }),
  script: (kind) => ({ text: () => textOf(kind) }),
  title: (kind) => ({ text: () => textOf(kind) }),
  style: ({ element }) => ({ type: () => element.attribs.type ?? "text/css" }),
  select: (kind) => {
    const { page, element } = kind;
    const options = (): AnyNode[] => page.$(element).find("option").toArray();
    const multiple = element.attribs.multiple !== undefined;
    const first = (): Element | undefined => chosenOptions(page, element)[0];
    return {
      ...labelled(kind),
      options: () => options().map(kind.wrap),
      length: () => options().length,
      selectedIndex: () => options().indexOf(first() as AnyNode),
      selectedOptions: () => chosenOptions(page, element).map(kind.wrap),
      size: () => whole(element.attribs.size, multiple ? 4 : 1),
      type: () => (multiple ? "select-multiple" : "select"),
      value: () => (first() === undefined ? "" : optionValue(page, first()!)),
    };
  },
  td: (kind) => ({ cellIndex: () => position(kind, "tr", "td, th") }),
  th: (kind) => ({ cellIndex: () => position(kind, "tr", "td, th") }),
  tr: (kind) => ({
    cells: () => all(kind, "> td, > th"),
    rowIndex: () => position(kind, "table", "tr"),
    sectionRowIndex: () => position(kind, "thead, tbody, tfoot", "tr"),
  }),
  table: (kind) => ({
    caption: () => all(kind, "> caption")[0],
    rows: () => all(kind, "> tr, > * > tr"),
    tBodies: () => all(kind, "> tbody"),
    tFoot: () => all(kind, "> tfoot")[0],
    tHead: () => all(kind, "> thead")[0],
  }),
  tbody: (kind) => ({ rows: () => all(kind, "> tr") }),
  tfoot: (kind) => ({ rows: () => all(kind, "> tr") }),
  thead: (kind) => ({ rows: () => all(kind, "> tr") }),
  textarea: (kind) => ({ ...field(kind), length: () => Buffer.byteLength(textOf(kind)), value: () => textOf(kind) }),
};

function link(kind: Kind): Methods {
  const part = (name: keyof URL) => (): string => {
    const url = resolved(kind.element.attribs.href, kind.page.url);
    return url === undefined ? "" : String(url[name]);
  };
  const names = ["hash", "host", "hostname", "origin", "password", "pathname", "port", "search", "username"] as const;
  return {
    ...Object.fromEntries(names.map((name) => [name, part(name)])),
    // Without its colon, as k6 gives it.
    protocol: () => part("protocol")().replace(/(?<=.):$/, "") || ":",
    relList: () => words(kind.element.attribs.rel),
    text: () => textOf(kind),
  };
}

function owned(kind: Kind): Methods {
  return { form: () => kind.wrap(formOf(kind)) };
}

function labelled(kind: Kind): Methods {
  return { ...owned(kind), labels: () => labels(kind) };
}

/** A field, and how it submits its form: its own attributes before the form's. */
function field(kind: Kind): Methods {
  const { page, element } = kind;
  const either = (own: string, ofForm: string): string | undefined => {
    const form = formOf(kind);
    return element.attribs[own] ?? (isElement(form) ? form.attribs[ofForm] : undefined);
  };
  return {
    ...labelled(kind),
    formAction: () =>
      resolved(either("formaction", "action") ?? "", page.url)?.href ?? either("formaction", "action") ?? "",
    formEnctype: () => either("formenctype", "enctype") ?? "application/x-www-form-urlencoded",
    formMethod: () => (either("formmethod", "method") ?? "get").toLowerCase(),
    formNoValidate: () => either("formnovalidate", "novalidate") !== undefined,
    formTarget: () => either("formtarget", "target") ?? "",
    name: () => element.attribs.name ?? "",
    value: () => fieldValue(page, element) ?? "",
  };
}

function formOf({ page, element }: Kind): AnyNode | undefined {
  const { form } = element.attribs;
  return form === undefined
    ? page.$(element).closest("form")[0]
    : page
        .$("form")
        .toArray()
        .find((each) => each.attribs.id === form);
}

function controlOf({ page, element }: Kind): AnyNode | undefined {
  const id = element.attribs.for;
  const controls = (id === undefined ? page.$(element).find(fields) : page.$(fields)).toArray() as Element[];
  return id === undefined ? controls[0] : controls.find((each) => each.attribs.id === id);
}

function labels({ page, element, wrap }: Kind): unknown[] {
  const around = page.$(element).closest("label")[0];
  const { id } = element.attribs;
  const found = page
    .$("label")
    .toArray()
    .filter((label) => label === around || (id !== undefined && label.attribs.for === id));
  return found.map(wrap);
}

function all({ page, element, wrap }: Kind, selector: string): unknown[] {
  return page.$(element).find(selector).toArray().map(wrap);
}

function position({ page, element }: Kind, owner: string, among: string): number {
  return page.$(element).closest(owner).find(among).index(element);
}

function textOf({ page, element }: Kind): string {
  return page.$(element).text();
}

function words(text: string | undefined): string[] {
  return (text ?? "").split(/\s+/).filter((word) => word !== "");
}

function whole(text: string | undefined, otherwise: number): number {
  return /^\d+$/.test(text ?? "") ? Number(text) : otherwise;
}

function number(text: string | undefined, otherwise: number): number {
  const value = Number.parseFloat(text ?? "");
  return Number.isNaN(value) ? otherwise : value;
}

function resolved(href: string | undefined, base: string): URL | undefined {
  if (href === undefined) return undefined;
  try {
    return base === "" ? new URL(href) : new URL(href, base);
  } catch {
    return undefined;
  }
}
