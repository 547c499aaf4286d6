import { asBytes, canonicalName, isSendable } from "../../http/headers.js";
import { type ParsedUrl, parseUrl } from "../../http/url.js";
import { Problem } from "../../model/problem.js";
import { parseDuration } from "../../model/units.js";
import { compressBody, encodeBody } from "./body.js";
import { CookieJar } from "./cookies.js";
import { type ExpectedStatuses, responseCallback } from "./statuses.js";
import { TaggedUrl } from "./tagged-url.js";

export type ResponseType = "text" | "binary" | "none";

/** A request as a script asked for it, checked and with every default filled in. */
export interface K6Request {
  readonly method: string;
  /** Undefined where the text is no URL. */
  readonly url: ParsedUrl | undefined;
  /** As the script wrote it. */
  readonly urlText: string;
  /** From `http.url` or `tags.name`; undefined where the URL itself is the name. */
  readonly name: string | undefined;
  /** Canonical names. Undefined where there are none. */
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly host: string | undefined;
  readonly body: string | Uint8Array | null;
  readonly cookies: readonly RequestCookie[];
  readonly jar: CookieJar | undefined;
  /** Without `name`. */
  readonly tags: Readonly<Record<string, string>> | undefined;
  readonly timeoutMs: number;
  readonly redirects: number;
  readonly auth: "" | AuthKind;
  readonly responseType: ResponseType;
  readonly throws: boolean;
  readonly callback: ExpectedStatuses | null;
}

export type AuthKind = "basic" | "digest" | "ntlm";

export interface RequestCookie {
  readonly name: string;
  readonly value: string;
  /** Instead of the jar's cookie of that name, not beside it. */
  readonly replace: boolean;
}

/** What applies where a request's params are silent. */
export interface RequestDefaults {
  readonly redirects: number;
  readonly responseType: ResponseType;
  readonly throws: boolean;
  readonly callback: ExpectedStatuses | null;
}

const defaultTimeoutMs = 60_000;
const noCookies: readonly RequestCookie[] = [];
// Set by the client from the body; a script's own value could only contradict it.
const computedHeaders = new Set(["Content-Length", "Transfer-Encoding"]);

/**
 * A script's arguments as a request.
 *
 * @throws {Problem} `http.params-invalid`, `http.header-invalid`, `http.body-invalid`, `duration.invalid` and others
 */
export function makeRequest(
  method: string,
  given: unknown,
  body: unknown,
  params: unknown,
  defaults: RequestDefaults,
): K6Request {
  const urlText = typeof given === "string" ? given : String(given);
  const url = parseUrl(urlText);
  const name = given instanceof TaggedUrl ? given.name : undefined;
  if ((params === undefined || params === null) && (body === undefined || body === null)) {
    return {
      method,
      url,
      urlText,
      name,
      headers: undefined,
      host: undefined,
      body: null,
      cookies: noCookies,
      jar: undefined,
      tags: undefined,
      timeoutMs: defaultTimeoutMs,
      redirects: defaults.redirects,
      auth: "",
      responseType: defaults.responseType,
      throws: defaults.throws,
      callback: defaults.callback,
    };
  }
  return withParams(method, urlText, url, name, body, checkedParams(params), defaults);
}

/**
 * A method's name as it is sent.
 *
 * @throws {Problem} `http.method-invalid`
 */
export function methodName(given: unknown): string {
  const method = String(given).toUpperCase();
  if (/^[A-Z][A-Z-]*$/.test(method)) return method;
  throw new Problem("http.method-invalid", "This is not an HTTP method.", {
    at: "http.request",
    found: given,
    expected: 'a word such as "GET"',
  });
}

interface GivenParams {
  readonly [name: string]: unknown;
}

function checkedParams(params: unknown): GivenParams {
  if (params === undefined || params === null) return {};
  if (typeof params === "object" && !Array.isArray(params)) return params as GivenParams;
  // k6 looks for fields in it and finds none. Scripts that give http.get an empty body rest on that.
  if (params === "") return {};
  throw invalidParam("params", params, "an object such as {headers: {…}, tags: {…}}");
}

function withParams(
  method: string,
  urlText: string,
  url: ParsedUrl | undefined,
  urlName: string | undefined,
  body: unknown,
  params: GivenParams,
  defaults: RequestDefaults,
): K6Request {
  const { headers, host } = readHeaders(params.headers);
  const encoded = encodeBody(body);
  let bytes = encoded.bytes;
  if (encoded.contentType !== undefined) headers["Content-Type"] ??= encoded.contentType;
  if (bytes !== null && params.compression !== undefined && params.compression !== "") {
    const compressed = compressBody(bytes, String(params.compression));
    bytes = compressed.bytes;
    headers["Content-Encoding"] ??= compressed.encoding;
  }
  const tags = readTags(params.tags);
  const name = tags?.name ?? urlName;
  if (tags !== undefined) delete tags.name;
  return {
    method,
    url,
    urlText,
    name,
    headers: Object.keys(headers).length > 0 ? headers : undefined,
    host,
    body: bytes,
    cookies: readCookies(params.cookies),
    jar: readJar(params.jar),
    tags,
    timeoutMs: readTimeout(params.timeout),
    redirects: readRedirects(params.redirects, defaults.redirects),
    auth: readAuth(params.auth),
    responseType: readResponseType(params.responseType, defaults.responseType),
    throws: params.throw === undefined ? defaults.throws : Boolean(params.throw),
    callback:
      params.responseCallback === undefined
        ? defaults.callback
        : responseCallback(params.responseCallback, "params.responseCallback"),
  };
}

function readHeaders(given: unknown): { headers: Record<string, string>; host: string | undefined } {
  const headers: Record<string, string> = {};
  let host: string | undefined;
  for (const [rawName, rawValue] of entriesOf(given, "params.headers")) {
    const name = canonicalName(rawName);
    const value = String(rawValue);
    if (!isSendable(name, value)) {
      // The value may be a secret: it is not shown.
      throw new Problem("http.header-invalid", "A header cannot be sent: it holds characters that HTTP forbids.", {
        at: "params.headers",
        found: rawName,
        hint: "Line breaks and control characters are not allowed.",
      });
    }
    if (name === "Host") host = asBytes(value);
    else if (!computedHeaders.has(name)) headers[name] = value;
  }
  return { headers, host };
}

function readTags(given: unknown): Record<string, string> | undefined {
  if (given === undefined || given === null) return undefined;
  const tags: Record<string, string> = {};
  for (const [name, value] of entriesOf(given, "params.tags")) tags[name] = String(value);
  return tags;
}

function readCookies(given: unknown): readonly RequestCookie[] {
  if (given === undefined || given === null) return noCookies;
  return entriesOf(given, "params.cookies").map(([name, value]) => {
    const detailed = typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
    const text = String(detailed === undefined ? value : (detailed.value ?? ""));
    if (!isSendable(name, text) || text.includes(";")) {
      throw new Problem("http.cookie-invalid", "A cookie cannot be sent: it holds characters that HTTP forbids.", {
        at: "params.cookies",
        found: name,
        hint: "Encode its value, for example with encodeURIComponent.",
      });
    }
    return { name, value: text, replace: detailed?.replace === true };
  });
}

function readJar(given: unknown): CookieJar | undefined {
  if (given === undefined || given === null) return undefined;
  if (given instanceof CookieJar) return given;
  throw invalidParam("params.jar", given, "a jar from http.cookieJar() or new http.CookieJar()");
}

function readTimeout(given: unknown): number {
  if (given === undefined || given === null) return defaultTimeoutMs;
  const ms = parseDuration(given as string | number, "params.timeout");
  // k6 takes 0 as no timeout; a day is as good and still ends.
  return ms === 0 ? 86_400_000 : ms;
}

function readRedirects(given: unknown, fallback: number): number {
  if (given === undefined || given === null) return fallback;
  const redirects = Number(given);
  if (Number.isInteger(redirects) && redirects >= 0) return redirects;
  throw invalidParam("params.redirects", given, "a whole number from 0");
}

function readAuth(given: unknown): "" | AuthKind {
  if (given === undefined || given === null || given === "") return "";
  if (given === "basic" || given === "digest" || given === "ntlm") return given;
  throw new Problem("http.auth-unknown", "This kind of authentication is not supported.", {
    at: "params.auth",
    found: given,
    expected: '"basic", "digest" or "ntlm"',
    hint: "Send a token in an Authorization header instead.",
  });
}

function readResponseType(given: unknown, fallback: ResponseType): ResponseType {
  if (given === undefined || given === null || given === "") return fallback;
  if (given === "text" || given === "binary" || given === "none") return given;
  throw invalidParam("params.responseType", given, '"text", "binary" or "none"');
}

function entriesOf(given: unknown, at: string): [string, unknown][] {
  if (given === undefined || given === null) return [];
  if (typeof given === "object" && !Array.isArray(given)) return Object.entries(given);
  throw invalidParam(at, given, "an object");
}

function invalidParam(at: string, found: unknown, expected: string): Problem {
  return new Problem("http.params-invalid", `${at} is not what a request takes.`, {
    at,
    found: typeof found,
    expected,
  });
}
