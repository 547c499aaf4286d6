import type { OutgoingHttpHeaders } from "node:http2";
import type { HttpRequest } from "./exchange.js";
import { reasonOf } from "./reasons.js";
import { RecentMap } from "./recent-map.js";
import { expectsBody } from "./write.js";

/** Headers of one HTTP/1.1 connection, which HTTP/2 forbids (RFC 9113, section 8.2.2). */
const ofConnection = new Set([
  "connection",
  "proxy-connection",
  "keep-alive",
  "transfer-encoding",
  "upgrade",
  "te",
  "host",
  "http2-settings",
]);

interface Lines {
  readonly pairs: readonly (readonly [string, string])[];
  /** Whether the script asked for the connection to be closed. */
  readonly closes: boolean;
}

// Most requests of a script have the header lines of one before.
const known = new RecentMap<string, Lines>(256);

/** A request as HTTP/2 sends its head, and whether its connection should serve no other after it. */
export function requestHeaders(request: HttpRequest): {
  readonly headers: OutgoingHttpHeaders;
  readonly closes: boolean;
} {
  const { pairs, closes } = linesOf(request.headerLines);
  const { body, method, url } = request;
  const headers: OutgoingHttpHeaders = {
    ":method": method,
    ":authority": request.host ?? url.host,
    ":scheme": "https",
    ":path": url.target,
  };
  for (const [name, value] of pairs) headers[name] = value;
  if (body !== null && body.length > 0) {
    headers["content-length"] = typeof body === "string" ? Buffer.byteLength(body) : body.byteLength;
  } else if (expectsBody(method)) headers["content-length"] = 0;
  return { headers, closes };
}

function linesOf(text: string): Lines {
  const before = known.get(text);
  if (before !== undefined) return before;
  const pairs: [string, string][] = [];
  let closes = false;
  for (const line of text.split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon < 0) continue;
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === "connection" && /\bclose\b/i.test(value)) closes = true;
    if (!ofConnection.has(name) || (name === "te" && value.toLowerCase() === "trailers")) pairs.push([name, value]);
  }
  const lines = { pairs, closes };
  known.set(text, lines);
  return lines;
}

/** What the client needs of a response's head without parsing it again. */
export interface ResponseHead {
  readonly status: number;
  /** In the form of an HTTP/1 head, which is how an exchange keeps it. */
  readonly text: string;
  /** Lower case; "" where absent. */
  readonly contentEncoding: string;
  readonly hasSetCookie: boolean;
}

/** @param raw names and values in turn, pseudo-headers included */
export function responseHead(raw: readonly string[]): ResponseHead {
  let status = 0;
  let lines = "";
  let contentEncoding = "";
  let hasSetCookie = false;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]!;
    const value = raw[i + 1]!;
    if (name === ":status") status = Number(value);
    else lines += `${name}: ${value}\r\n`;
    if (name === "set-cookie") hasSetCookie = true;
    else if (name === "content-encoding")
      contentEncoding += `${contentEncoding === "" ? "" : ", "}${value.toLowerCase()}`;
  }
  // HTTP/2 sends no reason: k6 shows Go's own text for the status.
  const text = `HTTP/2.0 ${status} ${reasonOf(status)}\r\n${lines}\r\n`;
  return { status, text, contentEncoding, hasSetCookie };
}
