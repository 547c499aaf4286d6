import { BlockList, isIP } from "node:net";
import { Problem } from "../model/problem.js";
import { type ExchangeError, errorCodes } from "./errors.js";
import { type ParsedUrl, parseUrl } from "./url.js";

/** A server that passes requests on. */
export interface ForwardProxy {
  /** Where it listens. */
  readonly url: ParsedUrl;
  /** Scheme, host and port without credentials: fit for messages. */
  readonly shown: string;
  /** Header line with the credentials for it, or "". */
  readonly authorizationLine: string;
  /** Passes on bytes, whatever they are; an HTTP proxy reads plain requests. */
  readonly isSocks: boolean;
}

/** An error of the way to a proxy: k6's number for it says only that TCP failed. */
export function proxyFault(proxy: ForwardProxy, error: ExchangeError): ExchangeError {
  return { ...error, code: errorCodes.tcp, message: `the proxy ${proxy.shown} cannot be reached: ${error.message}` };
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Which requests go through which proxy. */
export interface ProxyRules {
  /** @returns undefined where the request goes straight to its server */
  proxyFor(url: ParsedUrl): ForwardProxy | undefined;
}

/**
 * The proxies that an environment names in HTTP_PROXY, HTTPS_PROXY and NO_PROXY, or in lower case, by the rules of
 * Go's httpproxy package, which are k6's: this machine itself (localhost, 127.0.0.0/8, ::1) is never reached through one.
 *
 * @returns undefined where it names none
 * @throws {Problem} `proxy.url-invalid`, `proxy.scheme-unknown`, `proxy.credentials-too-long`
 */
export function proxiesOf(env: Environment): ProxyRules | undefined {
  const plain = proxyIn(env, "HTTP_PROXY");
  const secure = proxyIn(env, "HTTPS_PROXY");
  if (plain === undefined && secure === undefined) return undefined;
  const bypasses = bypassRules(env.NO_PROXY || env.no_proxy || "");
  return {
    proxyFor(url) {
      const proxy = url.tls ? secure : plain;
      if (proxy === undefined || isOwnMachine(url)) return undefined;
      return bypasses.some((bypass) => bypass(url)) ? undefined : proxy;
    },
  };
}

let ofProcess: { readonly rules: ProxyRules | undefined } | undefined;

/** The proxies of this process's environment, read once a thread. */
export function processProxies(): ProxyRules | undefined {
  ofProcess ??= { rules: proxiesOf(process.env) };
  return ofProcess.rules;
}

function proxyIn(env: Environment, name: string): ForwardProxy | undefined {
  const variable = env[name] ? name : name.toLowerCase();
  const given = env[variable]?.trim();
  if (given === undefined || given === "") return undefined;
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(given)?.[1]?.toLowerCase();
  const isSocks = scheme === "socks5" || scheme === "socks5h";
  if (scheme !== undefined && scheme !== "http" && scheme !== "https" && !isSocks) {
    throw new Problem("proxy.scheme-unknown", `${variable} names a kind of proxy that is not supported.`, {
      at: variable,
      found: `${scheme}://`,
      expected: "http://, https:// or socks5://",
      hint: `Unset ${variable}, or name such a proxy in it.`,
    });
  }
  const url = isSocks ? socksUrl(given) : parseUrl(scheme === undefined ? `http://${given}` : given);
  if (url === undefined) {
    // The value may hold a password: it is not shown.
    throw new Problem("proxy.url-invalid", `${variable} names no proxy.`, {
      at: variable,
      found: "a text that is no URL",
      expected: "http://HOST:PORT, with USER:PASSWORD@ before the host where the proxy asks for them",
      hint: "Characters such as @, / and : in a password must be percent-encoded.",
    });
  }
  const longest = 255;
  if (isSocks && [url.username, url.password].some((text) => Buffer.byteLength(text) > longest)) {
    throw new Problem("proxy.credentials-too-long", `${variable} names a user or password that SOCKS5 cannot send.`, {
      at: variable,
      expected: `at most ${longest} bytes each`,
    });
  }
  const credentials = `${url.username}:${url.password}`;
  const encoded = Buffer.from(credentials).toString("base64");
  return {
    url,
    shown: isSocks ? url.origin.replace(/^http/, "socks5") : url.origin,
    isSocks,
    authorizationLine: credentials === ":" ? "" : `Proxy-Authorization: Basic ${encoded}\r\n`,
  };
}

/** As one of HTTP's, which has another port where none is said. */
function socksUrl(given: string): ParsedUrl | undefined {
  const rest = given.replace(/^socks5h?:\/\//i, "");
  const hasPort = /:\d+\/?$/.test(rest);
  return parseUrl(`http://${hasPort ? rest : `${rest.replace(/\/$/, "")}:1080`}`);
}

const ownMachine = new BlockList();
ownMachine.addSubnet("127.0.0.0", 8, "ipv4");
ownMachine.addAddress("::1", "ipv6");

function isOwnMachine({ hostname, ipVersion }: ParsedUrl): boolean {
  return hostname === "localhost" || (ipVersion !== 0 && ownMachine.check(hostname, familyOf(ipVersion)));
}

type Bypass = (url: ParsedUrl) => boolean;

/** Entries that cannot be read are passed over, as Go does. */
function bypassRules(text: string): Bypass[] {
  const entries = text.split(",").map((entry) => entry.trim().toLowerCase());
  if (entries.includes("*")) return [() => true];
  return entries.filter((entry) => entry !== "").flatMap((entry) => bypassRule(entry) ?? []);
}

/** An address, a range, a name that stands for its subdomains too, or `.name` and `*.name` for these alone. */
function bypassRule(entry: string): Bypass | undefined {
  const [base = "", bits] = entry.split("/");
  const range = new BlockList();
  if (bits !== undefined) {
    const version = isIP(base);
    if (version === 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > (version === 4 ? 32 : 128)) return undefined;
    range.addSubnet(base, Number(bits), familyOf(version));
    return ({ hostname, ipVersion }) => ipVersion !== 0 && range.check(hostname, familyOf(ipVersion));
  }
  const [, bracketed, name = "", port] = /^(?:\[([^\]]+)\]|([^:]*))(?::(\d+))?$/.exec(entry) ?? [];
  // An IPv6 address without brackets has colons, but no port.
  const host = isIP(entry) === 6 ? entry : (bracketed ?? name);
  const fitsPort = (url: ParsedUrl): boolean => port === undefined || Number(port) === url.port;
  if (isIP(host) > 0) {
    range.addAddress(host, familyOf(isIP(host)));
    return (url) => url.ipVersion !== 0 && fitsPort(url) && range.check(url.hostname, familyOf(url.ipVersion));
  }
  const ending = host.replace(/^\*(?=\.)/, "");
  if (ending === "" || ending === ".") return undefined;
  const subdomains = ending.startsWith(".") ? ending : `.${ending}`;
  return (url) => fitsPort(url) && (url.hostname.endsWith(subdomains) || url.hostname === ending);
}

function familyOf(ipVersion: number): "ipv4" | "ipv6" {
  return ipVersion === 6 ? "ipv6" : "ipv4";
}
