import type { Exchange } from "../../http/exchange.js";

const secretHeaders =
  /^(authorization|proxy-authorization|cookie|set-cookie|[\w-]*(token|api-key|secret)[\w-]*):.*$/gim;
const longestBody = 16 * 1024;

/**
 * An exchange as text, for the option `httpDebug`: the head of request and response, with "full" their bodies too.
 *
 * Credentials are blanked: logs are read by more people than scripts are.
 */
export function exchangeText(exchange: Exchange, how: "headers" | "full"): string {
  const { method, url, host, headerLines, body } = exchange.request;
  const full = how === "full";
  const sent = `${method} ${url.target} ${exchange.proto || "HTTP/1.1"}\nHost: ${host ?? url.host}\n${headerLines}`;
  const got = exchange.error === null ? exchange.head : `no response: ${exchange.error.message}`;
  return [
    "Request:",
    blanked(sent),
    ...(full && body !== null ? [shown(body), ""] : []),
    "Response:",
    blanked(got),
    ...(full ? [shown(exchange.body)] : []),
  ].join("\n");
}

function blanked(head: string): string {
  return `${head.replaceAll("\r\n", "\n").trimEnd()}\n`.replace(secretHeaders, "$1: ****");
}

function shown(body: string | Uint8Array): string {
  const text = typeof body === "string" ? body : new TextDecoder().decode(body);
  return text.length > longestBody ? `${text.slice(0, longestBody)}… (${text.length} characters)` : text;
}
