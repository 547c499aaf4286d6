import { createHash, randomBytes } from "node:crypto";
import type { ParsedUrl } from "../../http/url.js";
import { authenticateMessage, negotiateMessage } from "./ntlm.js";

/** The Authorization header for basic authentication. */
export function basicAuthorization(url: ParsedUrl): string {
  return `Basic ${Buffer.from(`${url.username}:${url.password}`).toString("base64")}`;
}

const algorithms: Readonly<Record<string, string>> = { "": "md5", md5: "md5", "sha-256": "sha256" };

/**
 * The answer to a digest challenge (RFC 7616; qop "auth" or none, MD5 or SHA-256).
 *
 * @param challenges the WWW-Authenticate headers of the 401 response
 * @param cnonce fixed in tests
 * @returns undefined where none of them can be answered
 */
export function digestAuthorization(
  challenges: readonly string[],
  method: string,
  url: ParsedUrl,
  cnonce = randomBytes(8).toString("hex"),
): string | undefined {
  for (const challenge of challenges) {
    if (!/^digest\s/i.test(challenge)) continue;
    const given = parseChallenge(challenge);
    const base = (given.algorithm ?? "").toLowerCase();
    const session = base.endsWith("-sess");
    const algorithm = algorithms[session ? base.slice(0, -5) : base];
    const qops = (given.qop ?? "").split(",").map((each) => each.trim());
    const qop = given.qop === undefined ? "" : "auth";
    const { realm = "", nonce } = given;
    if (algorithm === undefined || nonce === undefined || (qop === "auth" && !qops.includes("auth"))) continue;
    const hash = (text: string): string => createHash(algorithm).update(text).digest("hex");
    const count = "00000001";
    let secret = hash(`${url.username}:${realm}:${url.password}`);
    if (session) secret = hash(`${secret}:${nonce}:${cnonce}`);
    const what = hash(`${method}:${url.target}`);
    const response =
      qop === "" ? hash(`${secret}:${nonce}:${what}`) : hash(`${secret}:${nonce}:${count}:${cnonce}:${qop}:${what}`);
    const parts = [
      `username="${escaped(url.username)}"`,
      `realm="${escaped(realm)}"`,
      `nonce="${escaped(nonce)}"`,
      `uri="${url.target}"`,
      `response="${response}"`,
    ];
    if (given.algorithm !== undefined) parts.push(`algorithm=${given.algorithm}`);
    if (given.opaque !== undefined) parts.push(`opaque="${escaped(given.opaque)}"`);
    if (qop !== "") parts.push(`qop=${qop}`, `nc=${count}`, `cnonce="${cnonce}"`);
    return `Digest ${parts.join(", ")}`;
  }
  return undefined;
}

/**
 * What to answer to a 401 that asks for NTLM: first what the client can do, then the answer to the server's challenge.
 *
 * The server authenticates the connection, not the request: later ones over the same connection need none of this.
 *
 * @param challenges the WWW-Authenticate headers of the 401 response
 * @returns undefined where there is nothing to answer
 */
export function ntlmAuthorization(challenges: readonly string[], url: ParsedUrl): string | undefined {
  for (const scheme of ["NTLM", "Negotiate"]) {
    const offered = challenges
      .flatMap((challenge) => challenge.split(","))
      .map((challenge) => challenge.trim().split(/\s+/))
      .find(([name]) => name!.toLowerCase() === scheme.toLowerCase());
    if (offered === undefined) continue;
    const token = offered[1];
    const message = token === undefined ? negotiateMessage() : authenticateMessage(Buffer.from(token, "base64"), url);
    if (message !== undefined) return `${scheme} ${message.toString("base64")}`;
  }
  return undefined;
}

function parseChallenge(challenge: string): Partial<Record<string, string>> {
  const given: Partial<Record<string, string>> = {};
  for (const match of challenge.matchAll(/([a-z]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/gi)) {
    given[match[1]!.toLowerCase()] = match[2]?.replace(/\\(.)/g, "$1") ?? match[3] ?? "";
  }
  return given;
}

function escaped(text: string): string {
  return text.replace(/["\\]/g, "\\$&");
}
