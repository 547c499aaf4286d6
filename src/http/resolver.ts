import { type LookupAddress, lookup } from "node:dns";
import type { DnsSettings } from "./settings.js";

/** As k6 does it where a script does not say. */
const defaults: DnsSettings = { ttlMs: 300_000, select: "random", policy: "preferIPv4" };

export interface Addresses {
  /** To be tried in this order. */
  readonly list: readonly string[];
  readonly error: NodeJS.ErrnoException | null;
}

interface Entry {
  addresses: Addresses | undefined;
  /** How often it was asked for: round robin goes by this. */
  uses: number;
  expiresMs: number;
  waiting: ((addresses: Addresses) => void)[];
}

const entries = new Map<string, Entry>();

/**
 * Addresses of a host, IPv4 first and remembered for five minutes unless the settings say otherwise.
 *
 * One lookup serves all who ask while it runs. Failures are not remembered.
 *
 * @param then called at once where the answer is known
 */
export function resolveHost(
  hostname: string,
  now: () => number,
  dns: DnsSettings | undefined,
  then: (addresses: Addresses) => void,
): void {
  const { ttlMs, select, policy } = dns ?? defaults;
  const key = `${policy} ${hostname}`;
  let entry = entries.get(key);
  if (entry?.addresses !== undefined && entry.expiresMs > now()) {
    entry.uses += 1;
    then(select === "first" ? entry.addresses : rotated(entry.addresses, select, entry.uses));
    return;
  }
  if (entry !== undefined && entry.addresses === undefined) {
    entry.waiting.push(then);
    return;
  }
  entry = { addresses: undefined, uses: 0, expiresMs: 0, waiting: [then] };
  entries.set(key, entry);
  const asked = entry;
  lookup(hostname, { all: true }, (error, found) => {
    const addresses: Addresses = { list: error === null ? order(found, policy) : [], error };
    if (error !== null || found.length === 0) entries.delete(key);
    asked.addresses = addresses;
    asked.expiresMs = now() + ttlMs;
    const waiting = asked.waiting;
    asked.waiting = [];
    for (const [i, each] of waiting.entries()) {
      asked.uses = i;
      each(select === "first" ? addresses : rotated(addresses, select, i));
    }
  });
}

function order(found: readonly LookupAddress[], policy: DnsSettings["policy"]): string[] {
  const ofFamily = (family: number) => found.filter((each) => each.family === family).map((each) => each.address);
  switch (policy) {
    case "preferIPv4":
      return [...ofFamily(4), ...ofFamily(6)];
    case "preferIPv6":
      return [...ofFamily(6), ...ofFamily(4)];
    case "onlyIPv4":
      return ofFamily(4);
    case "onlyIPv6":
      return ofFamily(6);
    case "any":
      return found.map((each) => each.address);
  }
}

/** Another address to begin with, of the preferred family; the others stay as what is tried next. */
function rotated({ list, error }: Addresses, select: "random" | "roundRobin", uses: number): Addresses {
  const isV6 = (address: string): boolean => address.includes(":");
  const preferred = list.filter((address) => isV6(address) === isV6(list[0]!));
  if (preferred.length < 2) return { list, error };
  const start = select === "random" ? Math.floor(Math.random() * preferred.length) : uses % preferred.length;
  const rest = list.filter((address) => isV6(address) !== isV6(list[0]!));
  return { list: [...preferred.slice(start), ...preferred.slice(0, start), ...rest], error };
}

/**
 * The `hosts` option: where a host is to be found instead of asking DNS.
 *
 * Keys are "name", "name:port" or "*.name"; values are "address" or "address:port" ("[::1]:8080" for IPv6).
 */
export function mappedHost(
  hosts: Readonly<Record<string, string>>,
  hostname: string,
  port: number,
): { readonly address: string; readonly port: number } | undefined {
  const value = hosts[`${hostname}:${port}`] ?? hosts[hostname] ?? hosts[wildcardFor(hosts, hostname)];
  if (value === undefined) return undefined;
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(value);
  // A bare IPv6 address has colons but no port.
  if (match === null) return { address: value, port };
  return { address: match[1] ?? match[2]!, port: match[3] === undefined ? port : Number(match[3]) };
}

function wildcardFor(hosts: Readonly<Record<string, string>>, hostname: string): string {
  let best = "";
  for (const key of Object.keys(hosts)) {
    if (key.startsWith("*.") && hostname.endsWith(key.slice(1)) && key.length > best.length) best = key;
  }
  return best;
}
