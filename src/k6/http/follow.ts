import { parseUrl, resolveUrl } from "../../http/url.js";
import { Problem } from "../../model/problem.js";
import { fieldText, formText } from "../form-text.js";
import type { Selection } from "../html/selection.js";

/** A request that a page asks for: what a click on its link or its button would send. */
export interface PageRequest {
  readonly method: string;
  readonly url: string;
  readonly body: Record<string, unknown> | null;
  readonly params: unknown;
}

/**
 * What submitting a form of the page sends.
 *
 * @param given k6's `{formSelector, fields, submitSelector, params}`
 * @throws {Problem} `http.form-missing`
 */
export function formRequest(page: Selection, base: string, given: unknown): PageRequest {
  const { formSelector = "form", submitSelector = '[type="submit"]', fields, params } = optionsOf(given);
  const form = page.find(String(formSelector)).first();
  if (form.size() === 0) throw missing("http.form-missing", "form", formSelector, base);
  const values = form.serializeObject();
  const button = form.find(String(submitSelector)).first();
  const buttonName = button.attr("name");
  if (buttonName !== undefined) values[buttonName] = button.val();
  const own = typeof fields === "object" ? fields : {};
  const method = (form.attr("method") ?? "GET").toUpperCase();
  const target = absolute(form.attr("action") ?? "", base);
  // One field for all that a select has, each way written differently: it is what k6 sends.
  if (method !== "GET") {
    const body = { ...mapped(values, (value) => (Array.isArray(value) ? fieldText(value) : value)), ...own };
    return { method: method || "GET", url: target, body, params };
  }
  const url = new URL(target);
  url.search = formText(Object.entries(mapped({ ...values, ...own }, String)));
  return { method, url: url.href, body: null, params };
}

function mapped(values: Readonly<Record<string, unknown>>, text: (value: unknown) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, text(value)]));
}

/**
 * What a click on a link of the page sends.
 *
 * @param given k6's `{selector, params}`
 * @throws {Problem} `http.link-missing`
 */
export function linkRequest(page: Selection, base: string, given: unknown): PageRequest {
  const { selector = "a[href]", params } = optionsOf(given);
  const href = page.find(String(selector)).first().attr("href");
  if (href === undefined) throw missing("http.link-missing", "link", selector, base);
  return { method: "GET", url: absolute(href, base), body: null, params };
}

function optionsOf(given: unknown): Record<string, unknown> {
  const options = typeof given === "object" && given !== null ? given : {};
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined && value !== null));
}

function absolute(href: string, base: string): string {
  const from = parseUrl(base);
  const url = from === undefined ? parseUrl(href) : resolveUrl(href, from);
  if (url !== undefined) return url.href;
  throw new Problem("http.link-invalid", "The page's link leads to no http or https URL.", { at: base, found: href });
}

function missing(code: string, what: string, selector: unknown, base: string): Problem {
  return new Problem(code, `The page has no such ${what}.`, {
    at: base,
    found: "nothing",
    expected: String(selector),
    hint: "Look at res.body, or check the status before.",
  });
}
