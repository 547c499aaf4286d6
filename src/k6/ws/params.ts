import { canonicalName, isSendable } from "../../http/headers.js";
import type { Problem } from "../../model/problem.js";
import type { Vu } from "../../model/vu.js";
import { CookieJar } from "../http/cookies.js";
import { sessionOf } from "../http/session-of.js";
import { misuse } from "../script-fail.js";

/** How a WebSocket is to be opened, checked. */
export interface WsParams {
  readonly url: URL;
  /** The module that it is opened by; an error of the address is thrown by `websockets` only. */
  readonly module: "ws" | "websockets";
  /** The same as the script wrote it, which is how scripts and tags see it. */
  readonly address: string;
  readonly protocols: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly deflate: boolean;
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * What a script gave to `ws.connect` or to `new WebSocket`, beside the address.
 *
 * @throws {Problem} `ws.params-invalid`
 */
export function readWsParams(
  vu: Vu,
  { module, url, address }: Pick<WsParams, "module" | "url" | "address">,
  given: unknown,
  protocols: unknown = undefined,
): WsParams {
  const params = objectOf(given, "params");
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(objectOf(params.headers, "params.headers"))) {
    const text = String(value);
    // The value may be a secret: it is not shown.
    if (!isSendable(name, text)) throw invalid("params.headers", name, "text without line breaks");
    headers[canonicalName(name)] = text;
  }
  const jar = params.jar ?? sessionOf(vu).cookieJar();
  if (!(jar instanceof CookieJar)) throw invalid("params.jar", typeof jar, "a jar from http.cookieJar()");
  const cookies = Object.entries(jar.cookiesForURL(url.href.replace(/^ws/, "http")));
  const pairs = cookies.flatMap(([name, values]) => values.map((value) => `${name}=${value}`));
  if (pairs.length > 0) headers.Cookie = [headers.Cookie, ...pairs].filter(Boolean).join("; ");
  if (headers["User-Agent"] === undefined && vu.options.userAgent !== "") {
    headers["User-Agent"] = vu.options.userAgent;
  }
  const compression = params.compression ?? "";
  if (compression !== "" && compression !== "deflate") throw invalid("params.compression", compression, '"deflate"');
  return {
    url,
    module,
    address,
    protocols: (Array.isArray(protocols) ? protocols : [protocols]).filter(Boolean).map(String),
    headers,
    deflate: compression === "deflate",
    tags: readTags(given),
  };
}

/** @throws {Problem} `ws.in-init` */
export function refuseInInit(vu: Vu): void {
  if (vu.phase !== "init") return;
  throw misuse("ws.in-init", "A WebSocket cannot be opened while the script is being loaded.", {
    hint: "Move the call into the default function, setup or teardown.",
  });
}

/** The script's own tags for the samples of a WebSocket. @throws {Problem} `ws.params-invalid` */
export function readTags(given: unknown): Record<string, string> {
  const { tags } = objectOf(given, "params");
  return Object.fromEntries(
    Object.entries(objectOf(tags, "params.tags")).map(([name, value]) => [name, String(value)]),
  );
}

/** Undefined for what is no address of a WebSocket. */
export function wsUrl(text: string): URL | undefined {
  return /^wss?:/i.test(text) && URL.canParse(text) ? new URL(text) : undefined;
}

/** The address as the script wrote it, without its credentials: also one that cannot be parsed. */
export function shownAddress(address: string): string {
  const credentials = URL.canParse(address) ? /^([a-z]+:[\\/]*)[^\\/?#]*@/i : /^([a-z]+:[\\/]*)?.*@/is;
  return address.replace(credentials, "$1****:****@");
}

export function notWsUrl(address: string): Problem {
  return misuse("ws.url-invalid", "This is no URL of a WebSocket.", {
    found: shownAddress(address),
    expected: "ws://… or wss://…",
  });
}

function objectOf(given: unknown, at: string): Readonly<Record<string, unknown>> {
  if (given === undefined || given === null) return {};
  if (typeof given === "object" && !Array.isArray(given)) return given as Record<string, unknown>;
  throw invalid(at, typeof given, "an object");
}

function invalid(at: string, found: unknown, expected: string) {
  return misuse("ws.params-invalid", `${at} is not what a WebSocket takes.`, { at, found, expected });
}
