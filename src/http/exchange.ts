import type { ExchangeError } from "./errors.js";
import { parseHeaders } from "./headers.js";
import type { ParsedUrl } from "./url.js";

/** One request as the client sends it. */
export interface HttpRequest {
  readonly method: string;
  readonly url: ParsedUrl;
  /** Header lines ready to send, each ended by CRLF, without Host and Content-Length. */
  readonly headerLines: string;
  /** Host header where it differs from the URL's. */
  readonly host?: string | undefined;
  readonly body: string | Uint8Array | null;
  readonly timeoutMs: number;
  /** Count the response's body and drop it. */
  readonly discardBody: boolean;
}

/** Who gets the outcome of a request; exactly one of the two is called, once. */
export interface Receiver {
  onExchange(exchange: Exchange): void;
  /** The client was told to drop everything; the reason is what it was given. */
  onAborted(reason: Error): void;
}

const noBytes = Buffer.alloc(0);

/**
 * One request with its response or error, and how long each part took.
 *
 * Times are milliseconds on the clock that the client was given. Parts that did not happen are 0.
 * Beyond `blockedMs`, which spans the whole set-up of a connection, parts do not overlap.
 */
export class Exchange {
  status = 0;
  /** Status line and headers as they came, one character a byte. */
  head = "";
  /** "HTTP/1.1"; "" without a response. */
  proto = "";
  /** Decoded from its Content-Encoding; empty where it was discarded. */
  body: Buffer = noBytes;
  hasSetCookie = false;
  error: ExchangeError | null = null;
  remoteIp = "";
  remotePort = 0;
  /** "tls1.3"; "" without TLS. */
  tlsVersion = "";
  tlsCipher = "";
  /** The OCSP response that the server stapled to its certificate, DER. */
  ocsp: Buffer | undefined = undefined;
  sentBytes = 0;
  /** Head, body and framing as they came over the connection, before decoding. */
  receivedBytes = 0;

  endMs = 0;
  lookingUpMs = 0;
  connectingMs = 0;
  tlsHandshakingMs = 0;
  /** When the request had its connection, was written, and got the first byte of the answer; 0 while not. */
  gotConnectionMs = 0;
  sentMs = 0;
  firstByteMs = 0;

  /** Whether the request went over a connection that had served another before. */
  reused = false;
  /** Whether a stale connection forced a second attempt. */
  retried = false;

  /** Whether the caller counts it as failed; the client leaves it alone. */
  failed: boolean | undefined;

  private headerMap: Map<string, string[]> | undefined;

  constructor(
    readonly request: HttpRequest,
    readonly receiver: Receiver,
    readonly startMs: number,
  ) {}

  /** Failed for want of something on this machine. */
  get ownFault(): boolean {
    return this.error?.ownFault === true;
  }

  /** From the start until a connection was there, its set-up included. */
  get blockedMs(): number {
    return (this.gotConnectionMs || this.endMs) - this.startMs;
  }

  get sendingMs(): number {
    if (this.gotConnectionMs === 0) return 0;
    return (this.sentMs || this.endMs) - this.gotConnectionMs;
  }

  /** A request that never got its first byte waited until it ended: a timeout shows its full length. */
  get waitingMs(): number {
    if (this.sentMs === 0) return 0;
    return (this.firstByteMs || this.endMs) - this.sentMs;
  }

  get receivingMs(): number {
    return this.firstByteMs === 0 ? 0 : this.endMs - this.firstByteMs;
  }

  /** k6's http_req_duration: sending, waiting and receiving; without the connection's set-up. */
  get durationMs(): number {
    return this.gotConnectionMs === 0 ? 0 : this.endMs - this.gotConnectionMs;
  }

  /** "404 Not Found", as the server wrote it. */
  get statusText(): string {
    return this.head.slice(9, this.head.search(/\r?\n/)).trim();
  }

  /** Response headers by canonical name, parsed when first asked for. */
  get headers(): ReadonlyMap<string, readonly string[]> {
    this.headerMap ??= parseHeaders(this.head);
    return this.headerMap;
  }

  /** The first value of a header, by canonical name. */
  header(name: string): string | undefined {
    return this.headers.get(name)?.[0];
  }
}

/** Go's rule, thus k6's: a request that may have been acted upon is sent twice only if twice does no harm. */
export function isReplayable(exchange: Exchange): boolean {
  const { method, body } = exchange.request;
  return (
    (body === null || body.length === 0) &&
    (method === "GET" || method === "HEAD" || method === "OPTIONS" || method === "TRACE")
  );
}
