import type { Blocked } from "./blocked.js";
import type { ForwardProxy, ProxyRules } from "./proxy.js";

/** Which of a host's addresses are tried, and how long they are remembered. */
export interface DnsSettings {
  /** 0 asks anew for each connection. */
  readonly ttlMs: number;
  readonly select: "first" | "random" | "roundRobin";
  readonly policy: "preferIPv4" | "preferIPv6" | "onlyIPv4" | "onlyIPv6" | "any";
}

/** Versions ("tls1.2"), cipher suites (IANA names) and client certificates; the same object for all of a thread. */
export interface TlsSettings {
  readonly minVersion: string | undefined;
  readonly maxVersion: string | undefined;
  readonly cipherSuites: readonly string[];
  /** The first whose domains fit is shown; none means all. */
  readonly auth: readonly {
    readonly domains: readonly string[];
    readonly cert: string;
    readonly key: string;
    readonly password: string | undefined;
  }[];
}

/** How a client behaves; the same for all its requests. */
export interface HttpSettings {
  /** Milliseconds on a monotonic clock with sub-millisecond grain. */
  readonly now: () => number;
  /** Host names that stand for an address: see `mappedHost`. */
  readonly hosts: Readonly<Record<string, string>>;
  readonly insecureSkipTlsVerify: boolean;
  /** False closes each connection after its exchange. */
  readonly keepAlive: boolean;
  /** Of one address; default 30 s, as in k6. */
  readonly connectTimeoutMs?: number;
  /** How long an unused connection is kept; default 90 s. */
  readonly idleTimeoutMs?: number;
  /** Most bytes of a kept body, before and after decoding; default 64 MiB. */
  readonly maxBodyBytes?: number;
  /** Certificates to trust besides the system's, PEM. */
  readonly ca?: string;
  readonly blocked?: Blocked;
  readonly dns?: DnsSettings;
  readonly tls?: TlsSettings;
  /** The address of this machine that connections begin at. */
  readonly localAddress?: string;
  /** Whether HTTP/2 is offered to TLS servers; default true. */
  readonly http2?: boolean;
  readonly proxies?: ProxyRules;
  /** Told of each connection that is opened to a proxy instead of a server. */
  readonly onProxied?: (proxy: ForwardProxy) => void;
}

const defaultMaxBodyBytes = 64 * 1024 * 1024;
const defaultIdleTimeoutMs = 90_000;

export function maxBodyBytesOf(settings: HttpSettings): number {
  return settings.maxBodyBytes ?? defaultMaxBodyBytes;
}

export function idleTimeoutMsOf(settings: HttpSettings): number {
  return settings.idleTimeoutMs ?? defaultIdleTimeoutMs;
}
