import { isIP } from "node:net";
import { RecentMap } from "./recent-map.js";

/** A URL, taken apart once for all requests to it. */
export interface ParsedUrl {
  /** As the caller wrote it, credentials blanked: fit for tags, logs and reports. */
  readonly shown: string;
  /** Normalised, without fragment and credentials: the base of relative locations. */
  readonly href: string;
  readonly tls: boolean;
  /** Without brackets around an IPv6 address. */
  readonly hostname: string;
  readonly port: number;
  /** 4 or 6 where the hostname is an address, else 0. */
  readonly ipVersion: number;
  /** Value of the Host header. */
  readonly host: string;
  /** Scheme, host and port: what a connection belongs to. */
  readonly origin: string;
  /** Path and query, as sent in the request line. */
  readonly target: string;
  /** Path alone, for cookies. */
  readonly path: string;
  readonly username: string;
  readonly password: string;
}

// Scripts that put an id into each URL would otherwise fill the memory.
const parsed = new RecentMap<string, ParsedUrl>(4096);

/**
 * Takes an absolute http or https URL apart; the result is cached and shared.
 *
 * @returns undefined where the text is no such URL
 */
export function parseUrl(text: string): ParsedUrl | undefined {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  const fresh = takeApart(text);
  if (fresh !== undefined) parsed.set(text, fresh);
  return fresh;
}

/** A redirect's Location, relative to the URL that answered with it, whose credentials hold where it names no host. */
export function resolveUrl(location: string, base: ParsedUrl): ParsedUrl | undefined {
  try {
    const url = new URL(location, base.href);
    if (!/^\s*(?:[a-z][a-z\d+.-]*:|[/\\]{2})/i.test(location)) {
      url.username = encodeURIComponent(base.username);
      url.password = encodeURIComponent(base.password);
    }
    return parseUrl(url.href);
  } catch {
    return undefined;
  }
}

function takeApart(text: string): ParsedUrl | undefined {
  // For a browser it is a slash: in http://DOMAIN\user:password@host the password would go to a host DOMAIN.
  if (/^\s*[a-z]+:[/\\]*[^/?#]*\\/i.test(text)) return undefined;
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return undefined;
  }
  const tls = url.protocol === "https:";
  if ((!tls && url.protocol !== "http:") || url.hostname === "") return undefined;
  const hostname = url.hostname.startsWith("[") ? url.hostname.slice(1, -1) : url.hostname;
  const hasCredentials = url.username !== "" || url.password !== "";
  return {
    shown: hasCredentials ? text.replace(/\/\/[^/?#]*@/, "//****:****@") : text,
    href: `${url.origin}${url.pathname}${url.search}`,
    tls,
    hostname,
    port: url.port === "" ? (tls ? 443 : 80) : Number(url.port),
    ipVersion: isIP(hostname),
    host: url.host,
    origin: url.origin,
    target: url.pathname + url.search,
    path: url.pathname,
    username: decode(url.username),
    password: decode(url.password),
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
