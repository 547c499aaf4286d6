import { type ParsedUrl, parseUrl } from "../../http/url.js";
import { Problem } from "../../model/problem.js";

/** One cookie as a server set it. */
export interface Cookie {
  readonly name: string;
  readonly value: string;
  /** Without a leading dot; the host itself where the server named none. */
  readonly domain: string;
  /** Only for the very host that set it. */
  readonly hostOnly: boolean;
  readonly path: string;
  readonly secure: boolean;
  readonly httpOnly: boolean;
  /** Seconds, as the server wrote it; 0 where absent, negative where the cookie is to go. */
  readonly maxAge: number;
  /** Milliseconds since the epoch, as the server wrote it; 0 where absent. */
  readonly expires: number;
  /** When it ends, from max-age or expires; Infinity for a session cookie. */
  readonly endsAt: number;
  /** As the server wrote them; empty where it did not. */
  readonly asSent: { readonly domain: string; readonly path: string };
}

/**
 * Reads a Set-Cookie header (RFC 6265, section 5.2).
 *
 * @param nowMs wall clock, milliseconds since the epoch
 * @returns undefined where there is no cookie in it
 */
export function parseSetCookie(text: string, url: ParsedUrl, nowMs: number): Cookie | undefined {
  const [pair = "", ...attributes] = text.split(";");
  const equals = pair.indexOf("=");
  // A bare carriage return, sent back in a Cookie header, could end that header.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not pass
  if (equals < 1 || /[\x00-\x1f\x7f]/.test(pair)) return undefined;
  let sentDomain = "";
  let path = "";
  let secure = false;
  let httpOnly = false;
  let maxAge: number | undefined;
  let expires = 0;
  for (const attribute of attributes) {
    const at = attribute.indexOf("=");
    const key = (at < 0 ? attribute : attribute.slice(0, at)).trim().toLowerCase();
    const value = at < 0 ? "" : attribute.slice(at + 1).trim();
    if (key === "domain") sentDomain = value;
    else if (key === "path") path = value;
    else if (key === "secure") secure = true;
    else if (key === "httponly") httpOnly = true;
    else if (key === "max-age" && /^-?\d+$/.test(value)) maxAge = Number(value);
    else if (key === "expires") expires = Date.parse(value) || 0;
  }
  const domain = sentDomain.replace(/^\./, "").toLowerCase();
  const endsAt = maxAge !== undefined ? nowMs + maxAge * 1000 : expires !== 0 ? expires : Number.POSITIVE_INFINITY;
  return {
    name: pair.slice(0, equals).trim(),
    value: unquoted(pair.slice(equals + 1).trim()),
    domain: domain === "" ? url.hostname : domain,
    hostOnly: domain === "" || domain === url.hostname,
    path: path.startsWith("/") ? path : defaultPath(url.path),
    secure,
    httpOnly,
    maxAge: maxAge === undefined ? 0 : maxAge <= 0 ? -1 : maxAge,
    expires,
    endsAt,
    asSent: { domain: sentDomain, path },
  };
}

/** The cookies of one virtual user: `http.cookieJar()`, and the class that `new http.CookieJar()` makes. */
export class CookieJar {
  /** By domain, then by name and path. */
  private readonly domains = new Map<string, Map<string, Cookie>>();

  get isEmpty(): boolean {
    return this.domains.size === 0;
  }

  /** Values by name for a URL; a name may have several, the longest path first. */
  cookiesForURL(url: string): Record<string, string[]> {
    const found: Record<string, string[]> = {};
    for (const cookie of this.matching(urlOf(url))) {
      found[cookie.name] ??= [];
      found[cookie.name]!.push(cookie.value);
    }
    return found;
  }

  set(url: string, name: string, value: string, options?: Record<string, unknown> | null): void {
    const given = options ?? {};
    let text = `${name}=${value}`;
    for (const [key, attribute] of Object.entries({
      Domain: given.domain,
      Path: given.path,
      Expires: given.expires,
      "Max-Age": given.max_age,
    })) {
      if (attribute !== undefined && attribute !== null && attribute !== "") text += `; ${key}=${attribute}`;
    }
    if (given.secure === true) text += "; Secure";
    if (given.http_only === true) text += "; HttpOnly";
    const parsed = urlOf(url);
    const cookie = parseSetCookie(text, parsed, Date.now());
    if (cookie === undefined) {
      throw new Problem("http.cookie-invalid", "The cookie has no name.", { at: "CookieJar.set", found: name });
    }
    this.store(cookie, parsed);
  }

  clear(url: string): void {
    for (const cookie of this.matching(urlOf(url))) this.remove(cookie);
  }

  delete(url: string, name: string): void {
    for (const cookie of this.matching(urlOf(url))) if (cookie.name === name) this.remove(cookie);
  }

  /** Forgets everything, as k6 does between iterations. */
  reset(): void {
    // Map.clear makes a new table, even of an empty map.
    if (this.domains.size > 0) this.domains.clear();
  }

  /** Keeps what a response set, unless it set it for somebody else's domain. */
  store(cookie: Cookie, url: ParsedUrl): void {
    if (!domainMatches(url.hostname, cookie.domain)) return;
    // A cookie for a whole top-level domain would reach strangers.
    if (!cookie.hostOnly && (!cookie.domain.includes(".") || url.ipVersion !== 0)) return;
    let ofDomain = this.domains.get(cookie.domain);
    if (cookie.endsAt <= Date.now()) {
      if (ofDomain !== undefined) this.remove(cookie);
      return;
    }
    if (ofDomain === undefined) {
      ofDomain = new Map();
      this.domains.set(cookie.domain, ofDomain);
    }
    ofDomain.set(keyOf(cookie), cookie);
  }

  /** The cookies to send to a URL, longest path first. */
  matching(url: ParsedUrl): Cookie[] {
    const now = Date.now();
    const found: Cookie[] = [];
    for (const [domain, cookies] of this.domains) {
      if (!domainMatches(url.hostname, domain)) continue;
      for (const cookie of cookies.values()) {
        if (cookie.hostOnly && url.hostname !== domain) continue;
        if (cookie.secure && !url.tls) continue;
        if (cookie.endsAt > now && pathMatches(url.path, cookie.path)) found.push(cookie);
      }
    }
    return found.sort((a, b) => b.path.length - a.path.length);
  }

  private remove(cookie: Cookie): void {
    const ofDomain = this.domains.get(cookie.domain);
    ofDomain?.delete(keyOf(cookie));
    if (ofDomain?.size === 0) this.domains.delete(cookie.domain);
  }
}

function keyOf(cookie: Cookie): string {
  return `${cookie.name};${cookie.path}`;
}

function urlOf(text: string): ParsedUrl {
  const url = parseUrl(String(text));
  if (url !== undefined) return url;
  throw new Problem("http.url-invalid", "A cookie jar was asked about something that is no URL.", {
    at: "CookieJar",
    found: text,
    expected: "an absolute http or https URL",
  });
}

function domainMatches(hostname: string, domain: string): boolean {
  return hostname === domain || hostname.endsWith(`.${domain}`);
}

function pathMatches(path: string, prefix: string): boolean {
  return path === prefix || (path.startsWith(prefix) && (prefix.endsWith("/") || path[prefix.length] === "/"));
}

function defaultPath(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash <= 0 ? "/" : path.slice(0, slash);
}

function unquoted(value: string): string {
  return value.length >= 2 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
}
