import { type Element, isElement, type Nodes, type Page } from "./dom.js";

/** What a form field would send. */
export interface FormValue {
  readonly name: string;
  readonly value: string;
}

/** An option's value: its attribute, else its text. */
export function optionValue(page: Page, option: Element): string {
  return option.attribs.value ?? page.$(option).text().trim();
}

/** The options of a select that count as chosen; where none is marked, a single select chooses its first. */
export function chosenOptions(page: Page, select: Element): Element[] {
  const options = page.$(select).find("option").toArray() as Element[];
  const marked = options.filter((option) => option.attribs.selected !== undefined);
  if (select.attribs.multiple !== undefined) return marked;
  return (marked.length > 0 ? marked : options).slice(marked.length > 0 ? -1 : 0).slice(0, 1);
}

/** The value of a form field, as jQuery's `val()` gives it; undefined for anything else. */
export function fieldValue(page: Page, element: Element): string | string[] | undefined {
  switch (element.name) {
    case "input":
      return element.attribs.value ?? (isToggle(element) ? "on" : "");
    case "select": {
      const values = chosenOptions(page, element).map((option) => optionValue(page, option));
      return element.attribs.multiple === undefined ? values[0] : values;
    }
    case "option":
      return optionValue(page, element);
    case "textarea":
      return page.$(element).text();
    case "button":
      return element.attribs.value ?? "";
    default:
      return element.attribs.value;
  }
}

/**
 * The fields that k6 sends: named, enabled, chosen, and no buttons.
 *
 * A browser goes by whether `checked` and `disabled` are there; k6 by their values, so that a bare `checked` is not sent.
 */
export function formValues(page: Page, nodes: Nodes): FormValue[] {
  const values: FormValue[] = [];
  const fields = nodes.toArray().flatMap((node) => {
    if (!isElement(node)) return [];
    return node.name === "form" ? (page.$(node).find("input, select, textarea").toArray() as Element[]) : [node];
  });
  for (const field of fields) {
    const { name, type = "", disabled, checked } = field.attribs;
    if (name === undefined || name === "" || disabled === "disabled") continue;
    if (!["input", "select", "textarea"].includes(field.name)) continue;
    if (field.name === "input" && /^(submit|button|image|reset|file)$/i.test(type)) continue;
    if (isToggle(field) && checked !== "checked") continue;
    const value = fieldValue(page, field);
    for (const each of Array.isArray(value) ? value : [value ?? ""]) values.push({ name, value: each });
  }
  return values;
}

function isToggle(element: Element): boolean {
  return element.name === "input" && /^(checkbox|radio)$/i.test(element.attribs.type ?? "");
}
