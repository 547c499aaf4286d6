import { type Element, isElement, type Nodes, type Page } from "./dom.js";

/** What a form field would send: several values for a select that takes several, none for what is no field any more. */
export interface FormValue {
  readonly name: string;
  readonly value: string | string[] | undefined;
}

/** An option's value: its attribute, else what stands in it. */
export function optionValue(page: Page, option: Element): string {
  return option.attribs.value ?? page.$(option).html() ?? "";
}

/** The options of a select that are marked as selected. A browser would choose the first where none is; k6 chooses none. */
export function chosenOptions(page: Page, select: Element): Element[] {
  return page.$(select).find("option[selected]").toArray() as Element[];
}

/** The value of a form field, as k6's `val()` gives it; undefined for anything else. */
export function fieldValue(page: Page, element: Element): string | string[] | undefined {
  switch (element.name) {
    case "input":
      return element.attribs.value ?? (isToggle(element.attribs.type) ? "on" : "");
    case "select": {
      const values = chosenOptions(page, element).map((option) => optionValue(page, option));
      return element.attribs.multiple === undefined ? (values[0] ?? "") : values;
    }
    case "option":
      return optionValue(page, element);
    case "textarea":
      // Its inner HTML: k6 sends "&amp;" for an ampersand.
      return page.$(element).html() ?? "";
    case "button":
      return element.attribs.value ?? "";
    default:
      return undefined;
  }
}

const fields = "input, select, textarea, keygen";
const neverSent = new Set(["submit", "button", "image", "reset", "file"]);

/**
 * The fields that k6 sends: named, enabled, chosen, and no buttons.
 *
 * A browser goes by whether `checked` and `disabled` are there, and by types in any case; k6 by what they spell,
 * so that a bare `checked` is not sent.
 */
export function formValues(page: Page, nodes: Nodes): FormValue[] {
  const found = nodes.is("form") ? nodes.find(fields) : nodes.filter(fields);
  return found
    .toArray()
    .filter(isElement)
    .filter(({ attribs: { name = "", type = "", disabled, checked } }) => {
      if (name === "" || disabled === "disabled" || neverSent.has(type)) return false;
      return !isToggle(type) || checked === "checked";
    })
    .map((field) => ({ name: field.attribs.name ?? "", value: fieldValue(page, field) }));
}

function isToggle(type: string | undefined): boolean {
  return type === "checkbox" || type === "radio";
}
