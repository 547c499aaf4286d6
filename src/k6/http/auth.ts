import { createHash, randomBytes } from "node:crypto";
import type { ParsedUrl } from "../../http/url.js";
import { authenticateMessage, negotiateMessage } from "./ntlm.js";

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** The Authorization header for basic authentication. */
export function basicAuthorization({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

/** What a basic Authorization header holds. @returns undefined where it is none */
export function basicCredentials(header: string): Credentials | undefined {
  const match = /^basic\s+(\S+)$/i.exec(header.trim());
  if (match === null) return undefined;
  const text = Buffer.from(match[1]!, "base64").toString();
  const colon = text.indexOf(":");
  return colon < 0 ? undefined : { username: text.slice(0, colon), password: text.slice(colon + 1) };
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
 * @param isFirst whether nothing has been answered yet; a server that offers only Basic gets that then, as by k6
 * @returns undefined where there is nothing to answer
 */
export function ntlmAuthorization(
  challenges: readonly string[],
  credentials: Credentials,
  isFirst: boolean,
): string | undefined {
  const offers = challenges
    .flatMap((challenge) => challenge.split(","))
    .map((challenge) => challenge.trim().split(/\s+/) as [name: string, token?: string]);
  const offerOf = (scheme: string) => offers.find(([name]) => name.toLowerCase() === scheme.toLowerCase());
  for (const scheme of ["NTLM", "Negotiate"]) {
    const offer = offerOf(scheme);
    if (offer === undefined) continue;
    const [, token] = offer;
    // One that asks to begin again, after it was begun, would do so for ever.
    const begun = isFirst && token === undefined ? negotiateMessage() : undefined;
    const message = token === undefined ? begun : authenticateMessage(Buffer.from(token, "base64"), credentials);
    return message === undefined ? undefined : `${scheme} ${message.toString("base64")}`;
  }
  return isFirst && offerOf("Basic") !== undefined ? basicAuthorization(credentials) : undefined;
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
