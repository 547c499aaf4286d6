/** Why an exchange has no usable response. */
export interface ExchangeError {
  /** k6's error code; 1400-1599 (1000 + status) are not errors of an exchange and are set by the caller. */
  readonly code: number;
  readonly message: string;
  /** Our own making (no ports, no file descriptors, no memory): says nothing about the target. */
  readonly ownFault: boolean;
}

/** k6's numbers for what may go wrong below HTTP's own status codes. */
export const errorCodes = {
  generic: 1000,
  /** What Go's network errors say that are of no TCP: a TLS alert of the server's. */
  notTcp: 1010,
  invalidUrl: 1020,
  timeout: 1050,
  dns: 1100,
  dnsNoSuchHost: 1101,
  blacklistedIp: 1110,
  blockedHostname: 1111,
  tcp: 1200,
  brokenPipe: 1201,
  dial: 1210,
  dialTimeout: 1211,
  dialRefused: 1212,
  dialUnknown: 1213,
  reset: 1220,
  tlsHeader: 1301,
  unknownAuthority: 1310,
  hostnameMismatch: 1311,
  http2GoAway: 1610,
  http2Stream: 1630,
  http2Connection: 1650,
  decompression: 1701,
} as const;

/** How far a connection had come when it failed. */
export type ConnectionPhase = "lookup" | "connect" | "proxy" | "tls" | "open";

const ownFaults = new Set(["EMFILE", "ENFILE", "EADDRNOTAVAIL", "ENOBUFS", "ENOMEM", "EAGAIN"]);

const untrusted = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "CERT_UNTRUSTED",
]);

/** What OpenSSL says of bytes that are no TLS. */
const noTls = new Set(["ERR_SSL_WRONG_VERSION_NUMBER", "ERR_SSL_PACKET_LENGTH_TOO_LONG", "ERR_SSL_HTTP_REQUEST"]);

/** An error that the client itself found, such as a timeout or a malformed response. */
export function exchangeError(code: number, message: string): ExchangeError {
  return { code, message, ownFault: false };
}

/** What Node says of a socket, in k6's numbers. */
export function socketError(cause: Error, phase: ConnectionPhase): ExchangeError {
  const { code: errno = "", syscall } = cause as NodeJS.ErrnoException;
  // Node calls it a reset, too, where the server hung up in the middle of the handshake.
  const code =
    phase === "tls" && syscall === undefined && errno === "ECONNRESET" ? errorCodes.generic : codeOf(errno, phase);
  return { code, message: cause.message || errno, ownFault: ownFaults.has(errno) };
}

function codeOf(errno: string, phase: ConnectionPhase): number {
  if (phase === "lookup")
    return errno === "ENOTFOUND" || errno === "ENODATA" ? errorCodes.dnsNoSuchHost : errorCodes.dns;
  if (errno === "ERR_TLS_CERT_ALTNAME_INVALID") return errorCodes.hostnameMismatch;
  if (untrusted.has(errno)) return errorCodes.unknownAuthority;
  if (noTls.has(errno)) return errorCodes.tlsHeader;
  if (/^ERR_SSL_.*ALERT/.test(errno)) return errorCodes.notTcp;
  if (phase === "connect") {
    if (errno === "ECONNREFUSED") return errorCodes.dialRefused;
    if (errno === "ETIMEDOUT") return errorCodes.dialTimeout;
    return isErrno(errno) ? errorCodes.dialUnknown : errorCodes.dial;
  }
  if (errno === "ECONNRESET") return errorCodes.reset;
  if (errno === "EPIPE") return errorCodes.brokenPipe;
  // k6 has no number for what else TLS may find wrong, such as a certificate's date.
  if (phase === "tls" || errno.startsWith("ERR_SSL") || errno.startsWith("ERR_TLS")) return errorCodes.generic;
  return errorCodes.tcp;
}

/** A number of the system's, such as ENETUNREACH; Node's own codes begin with ERR_. */
function isErrno(code: string): boolean {
  return /^E(?!RR_)[A-Z0-9]+$/.test(code);
}
