import { canonicalName, isSendable } from "../../http/headers.js";
import type { Vu } from "../../model/vu.js";
import { CookieJar } from "../http/cookies.js";
import { sessionOf } from "../http/session-of.js";
import { misuse } from "../script-fail.js";

/** How a WebSocket is to be opened, checked. */
export interface WsParams {
  readonly url: URL;
  /** The same as the script wrote it, which is how scripts and tags see it. */
  readonly address: string;
  readonly protocols: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly deflate: boolean;
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * What a script gave to `ws.connect` or to `new WebSocket`.
 *
 * @throws {Problem} `ws.url-invalid`, `ws.params-invalid`, `ws.in-init`
 */
export function readWsParams(vu: Vu, url: unknown, given: unknown, protocols: unknown = undefined): WsParams {
  if (vu.phase === "init") {
    throw misuse("ws.in-init", "A WebSocket cannot be opened while the script is being loaded.", {
      hint: "Move the call into the default function, setup or teardown.",
    });
  }
  const target = readUrl(String(url));
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
  const cookies = Object.entries(jar.cookiesForURL(target.href.replace(/^ws/, "http")));
  const pairs = cookies.flatMap(([name, values]) => values.map((value) => `${name}=${value}`));
  if (pairs.length > 0) headers.Cookie = [headers.Cookie, ...pairs].filter(Boolean).join("; ");
  if (headers["User-Agent"] === undefined && vu.options.userAgent !== "") {
    headers["User-Agent"] = vu.options.userAgent;
  }
  const compression = params.compression ?? "";
  if (compression !== "" && compression !== "deflate") throw invalid("params.compression", compression, '"deflate"');
  const tags = Object.entries(objectOf(params.tags, "params.tags")).map(([name, value]) => [name, String(value)]);
  return {
    url: target,
    address: String(url),
    protocols: (Array.isArray(protocols) ? protocols : [protocols]).filter(Boolean).map(String),
    headers,
    deflate: compression === "deflate",
    tags: Object.fromEntries(tags),
  };
}

function readUrl(text: string): URL {
  let url: URL | undefined;
  try {
    url = new URL(text.replace(/^http/, "ws"));
  } catch {
    // Said below, as for other schemes.
  }
  if (url?.protocol === "ws:" || url?.protocol === "wss:") return url;
  throw misuse("ws.url-invalid", "This is no URL of a WebSocket.", {
    found: text.replace(/\/\/[^/]*@/, "//****@"),
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
