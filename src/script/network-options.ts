import { isIP } from "node:net";
import type { DnsOptions, NetworkOptions, TlsAuth, TlsOptions } from "../model/options.js";
import { Problem } from "../model/problem.js";
import { parseDuration } from "../model/units.js";
import { isSet, list, record, shown, text, wholeNumber } from "./fields.js";
import type { RawOptions } from "./raw-options.js";

/** Options that shape how requests reach the network, in k6's names. */
export const networkOptionNames = [
  "rps",
  "blacklistIPs",
  "blockHostnames",
  "dns",
  "tlsVersion",
  "tlsCipherSuites",
  "tlsAuth",
  "httpDebug",
  "localIPs",
] as const;

/** What holds where they are not set, in k6's notation. */
export const networkDefaults: Readonly<Record<(typeof networkOptionNames)[number], unknown>> = {
  rps: 0,
  blacklistIPs: [],
  blockHostnames: [],
  dns: { ttl: "5m", select: "random", policy: "preferIPv4" },
  tlsVersion: null,
  tlsCipherSuites: [],
  tlsAuth: [],
  httpDebug: false,
  localIPs: "",
};

/**
 * The network options, checked; undefined where none is set, so that a run without them does none of their work.
 *
 * @throws {Problem} `options.…` with the path of the value at fault
 */
export function networkOptions(values: RawOptions): NetworkOptions | undefined {
  if (!networkOptionNames.some((name) => isSet(values[name]))) return undefined;
  const read = <T>(name: string, fallback: T, as: (value: unknown, at: string) => T): T =>
    isSet(values[name]) ? as(values[name], `options.${name}`) : fallback;
  return {
    rps: read("rps", 0, (value, at) => wholeNumber(value, at, 0, "Give requests a second, or 0 for no limit.")),
    blacklistIPs: read("blacklistIPs", [], addressRanges),
    blockHostnames: read("blockHostnames", [], hostPatterns),
    dns: read<DnsOptions | undefined>("dns", undefined, dnsOf),
    tls: tlsOf(values),
    httpDebug: read("httpDebug", "", debugOf),
    localIPs: read("localIPs", [], localAddresses),
  };
}

function addressRanges(value: unknown, at: string): string[] {
  return list(value, at, 'Write it like ["10.0.0.0/8"].').map((entry, i) => {
    const range = text(entry, `${at}[${i}]`).trim();
    const [address = "", bits] = range.split("/");
    const version = isIP(address);
    const longest = version === 6 ? 128 : 32;
    const sound = version > 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= longest));
    if (sound) return bits === undefined ? `${address}/${longest}` : range;
    throw new Problem("options.address-range", `"${range}" is no range of addresses.`, {
      at: `${at}[${i}]`,
      found: range,
      expected: "an address, or a range such as 10.0.0.0/8",
      hint: "A host name belongs to blockHostnames.",
    });
  });
}

function hostPatterns(value: unknown, at: string): string[] {
  return list(value, at, 'Write it like ["*.example.com"].').map((entry, i) => {
    const pattern = text(entry, `${at}[${i}]`).trim().toLowerCase();
    if (/^(\*\.?)?[\p{L}\p{N}_-]+(\.[\p{L}\p{N}_-]+)*$|^\*$/u.test(pattern)) return pattern;
    throw new Problem("options.host-pattern", `"${pattern}" is no host name.`, {
      at: `${at}[${i}]`,
      found: pattern,
      expected: "a name such as example.com, or *.example.com",
      hint: "A star may stand at the beginning only; leave out scheme, port and path.",
    });
  });
}

const selects = ["first", "random", "roundRobin"] as const;
const policies = ["preferIPv4", "preferIPv6", "onlyIPv4", "onlyIPv6", "any"] as const;

/** An object, or k6's text for the environment: `ttl=5m,select=random,policy=preferIPv4`. */
function dnsOf(value: unknown, at: string): DnsOptions {
  const given =
    typeof value === "string"
      ? Object.fromEntries(value.split(",").map((pair) => pair.split("=", 2).map((part) => part.trim())))
      : record(value, at, 'Write it like { ttl: "5m", select: "random", policy: "preferIPv4" }.');
  const { ttl, select, policy } = given as RawOptions;
  return {
    ttlMs: !isSet(ttl) ? 300_000 : ttl === "inf" ? Number.POSITIVE_INFINITY : parseDuration(ttl as string, `${at}.ttl`),
    select: isSet(select) ? oneOf(select, selects, `${at}.select`) : "random",
    policy: isSet(policy) ? oneOf(policy, policies, `${at}.policy`) : "preferIPv4",
  };
}

const tlsVersions = ["ssl3.0", "tls1.0", "tls1.1", "tls1.2", "tls1.3"] as const;

function tlsOf(values: RawOptions): TlsOptions | undefined {
  const { tlsVersion, tlsCipherSuites, tlsAuth } = values;
  if (!isSet(tlsVersion) && !isSet(tlsCipherSuites) && !isSet(tlsAuth)) return undefined;
  const version = (value: unknown, at: string) => (isSet(value) ? oneOf(value, tlsVersions, at) : undefined);
  const at = "options.tlsVersion";
  const span =
    typeof tlsVersion === "object" && tlsVersion !== null
      ? (tlsVersion as RawOptions)
      : { min: tlsVersion, max: tlsVersion };
  return {
    minVersion: version(span.min, typeof tlsVersion === "object" ? `${at}.min` : at),
    maxVersion: version(span.max, typeof tlsVersion === "object" ? `${at}.max` : at),
    cipherSuites: isSet(tlsCipherSuites)
      ? list(tlsCipherSuites, "options.tlsCipherSuites", 'Write it like ["TLS_RSA_WITH_AES_128_GCM_SHA256"].').map(
          (entry, i) => text(entry, `options.tlsCipherSuites[${i}]`).trim(),
        )
      : [],
    auth: isSet(tlsAuth)
      ? list(tlsAuth, "options.tlsAuth", "Write it like [{ domains: […], cert: open(…), key: open(…) }].").map(
          (entry, i) => tlsAuthOf(entry, `options.tlsAuth[${i}]`),
        )
      : [],
  };
}

function tlsAuthOf(value: unknown, at: string): TlsAuth {
  const raw = record(value, at, "Write it like { domains: […], cert: open(…), key: open(…) }.");
  return {
    domains: isSet(raw.domains) ? hostPatterns(raw.domains, `${at}.domains`) : [],
    cert: text(raw.cert, `${at}.cert`),
    key: text(raw.key, `${at}.key`),
    password: isSet(raw.password) ? text(raw.password, `${at}.password`) : undefined,
  };
}

function debugOf(value: unknown, at: string): NetworkOptions["httpDebug"] {
  if (value === true || value === "true" || value === "headers") return "headers";
  if (value === false || value === "false" || value === "") return "";
  return oneOf(value, ["full"] as const, at);
}

const mostLocalAddresses = 1024;

/** k6's notation: addresses, ranges `a-b` and subnets, separated by commas. */
function localAddresses(value: unknown, at: string): string[] {
  const parts = text(value, at).split(",");
  const found = parts.flatMap((part) => addressesOf(part.trim(), at));
  if (found.length <= mostLocalAddresses) return found;
  throw tooMany(at);
}

function addressesOf(part: string, at: string): string[] {
  if (isIP(part) > 0) return [part];
  const [, from, to] = /^([\d.]+)-([\d.]+)$/.exec(part) ?? [];
  if (from !== undefined && to !== undefined && isIP(from) === 4 && isIP(to) === 4) {
    return span(numberOf(from), numberOf(to), at);
  }
  const [, base, bits] = /^([\d.]+)\/(\d{1,2})$/.exec(part) ?? [];
  if (base !== undefined && isIP(base) === 4 && Number(bits) <= 32) {
    const size = 2 ** (32 - Number(bits));
    const first = Math.floor(numberOf(base) / size) * size;
    // The first and last of a subnet are its own name and its broadcast address.
    return size > 2 ? span(first + 1, first + size - 2, at) : span(first, first + size - 1, at);
  }
  throw new Problem("options.local-ips", `"${part}" is no address of this machine.`, {
    at,
    found: part,
    expected: "an address, 192.168.0.2-192.168.0.9, or 192.168.0.0/28",
  });
}

const numberOf = (address: string): number => address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);

function span(from: number, to: number, at: string): string[] {
  if (to - from >= mostLocalAddresses) throw tooMany(at);
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) =>
    [24, 16, 8, 0].map((shift) => Math.floor((from + i) / 2 ** shift) % 256).join("."),
  );
}

function tooMany(at: string): Problem {
  return new Problem("options.local-ips", `${at} names more than ${mostLocalAddresses} addresses.`, { at });
}

function oneOf<T extends string>(value: unknown, known: readonly T[], at: string): T {
  const found = known.find((each) => each === value);
  if (found !== undefined) return found;
  throw new Problem("options.unknown-word", `${at} is not one of its words.`, {
    at,
    found: shown(value),
    expected: known.join(", "),
  });
}
