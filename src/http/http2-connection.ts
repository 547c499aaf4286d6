import { type ClientHttp2Session, connect } from "node:http2";
import type { TLSSocket } from "node:tls";
import { type Expiring, unwatch, watch } from "./deadlines.js";
import type { Remote } from "./dial.js";
import { type ExchangeError, errorCodes, exchangeError, socketError } from "./errors.js";
import { type Exchange, isReplayable } from "./exchange.js";
import { connectionError, goAwayError } from "./http2-errors.js";
import { Http2Stream, type StreamOwner } from "./http2-stream.js";
import { type HttpSettings, idleTimeoutMsOf } from "./settings.js";

/** What a shared connection tells the pool that owns it. */
export interface Http2Owner {
  readonly settings: HttpSettings;
  /** It takes no more requests; those under way go on. */
  onHttp2Gone(connection: Http2Connection): void;
  /** As {@link onHttp2Gone}, and nothing is left of it. */
  onHttp2Closed(connection: Http2Connection): void;
  /** The request was not acted upon, or may be repeated, and is to be sent again. */
  onHttp2Retry(exchange: Exchange): void;
}

// Until the server says otherwise, as Go assumes.
const initialStreamLimit = 100;
// Room for what is under way, so that a slow reader of one stream never holds up the others; Go's figures.
const streamWindowBytes = 4 * 1024 * 1024;
const connectionWindowBytes = 1024 * 1024 * 1024;
const headLimitBytes = 256 * 1024;

/**
 * One connection that speaks HTTP/2 and the exchanges that share it.
 *
 *     open: busy <-> idle -> (going away: no new streams) -> closed
 */
export class Http2Connection implements Expiring, StreamOwner {
  deadlineMs = Number.POSITIVE_INFINITY;
  readonly now: () => number;
  readonly settings: HttpSettings;

  private readonly session: ClientHttp2Session;
  private readonly streams = new Set<Http2Stream>();
  private limit = initialStreamLimit;
  private served = 0;
  private goAwayCode = -1;
  private going = false;
  private pinging = false;
  private closed = false;
  private sentBytes = 0;
  private receivedBytes = 0;

  /** @param socket on which TLS is ready and HTTP/2 agreed upon */
  constructor(
    private readonly owner: Http2Owner,
    readonly origin: string,
    private readonly socket: TLSSocket,
    private readonly remote: Remote,
  ) {
    this.settings = owner.settings;
    this.now = owner.settings.now;
    // Before Node's own listeners: by the time that these end the streams, each must have its true reason.
    socket.on("error", (cause) => this.onSocketError(cause));
    socket.on("close", () => this.onSocketClose());
    const session = connect(origin, {
      createConnection: () => socket,
      settings: { enablePush: false, initialWindowSize: streamWindowBytes, maxHeaderListSize: headLimitBytes },
      peerMaxConcurrentStreams: initialStreamLimit,
      maxHeaderListPairs: 4096,
      // In MB: large bodies on many streams are no attack here.
      maxSessionMemory: 1024,
    });
    this.session = session;
    session.on("connect", () => session.setLocalWindowSize(connectionWindowBytes));
    session.on("remoteSettings", ({ maxConcurrentStreams }) => {
      this.limit = maxConcurrentStreams ?? initialStreamLimit;
    });
    session.on("goaway", (code, lastStreamId) => this.onGoAway(code, lastStreamId));
    session.on("error", (cause: Error) => this.onSessionError(cause));
    session.on("close", () => this.onSocketClose());
    watch(this);
  }

  /** Whether another request may be sent now. */
  get hasRoom(): boolean {
    // Node may have given it up before its events say so.
    return !this.going && !this.session.destroyed && this.streams.size < this.limit;
  }

  get isIdle(): boolean {
    return this.streams.size === 0;
  }

  send(exchange: Exchange): void {
    exchange.remoteIp = this.remote.remoteIp;
    exchange.remotePort = this.remote.remotePort;
    exchange.tlsVersion = this.remote.tlsVersion;
    exchange.tlsCipher = this.remote.tlsCipher;
    exchange.ocsp = this.remote.ocsp;
    exchange.reused = this.served > 0;
    this.served += 1;
    this.deadlineMs = Number.POSITIVE_INFINITY;
    let stream: Http2Stream;
    try {
      stream = new Http2Stream(this, this.session, exchange);
    } catch (cause) {
      this.onUnsendable(exchange, cause as Error);
      return;
    }
    this.streams.add(stream);
    if (stream.closesConnection || !this.settings.keepAlive) this.leave();
  }

  /** Ends what is under way with the reason; the connection stays. */
  abort(reason: Error): void {
    for (const stream of [...this.streams]) stream.abort(reason);
  }

  /** @internal For the one timer of the thread: it was idle for too long. */
  expire(): void {
    this.close();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.leave();
    this.deadlineMs = Number.POSITIVE_INFINITY;
    unwatch(this);
    this.session.destroy();
    this.owner.onHttp2Closed(this);
  }

  /** @internal */
  onStreamDone(stream: Http2Stream): void {
    this.streams.delete(stream);
    this.count(stream.exchange);
    if (this.streams.size > 0 || this.closed) return;
    if (this.going) this.close();
    else this.deadlineMs = this.now() + idleTimeoutMsOf(this.settings);
  }

  /** @internal Where not even a ping comes back until the next stream times out, new requests go elsewhere. */
  onStreamTimeout(): void {
    if (this.pinging) this.leave();
    else if (!this.session.destroyed) {
      this.pinging = true;
      this.session.ping((error) => {
        this.pinging = error !== null;
      });
    }
  }

  /** @internal */
  onStreamRefused(stream: Http2Stream, error: ExchangeError): void {
    if (stream.exchange.retried) {
      stream.fail(error);
      return;
    }
    stream.leave();
    this.onStreamDone(stream);
    this.owner.onHttp2Retry(stream.exchange);
  }

  /** What passed over the connection since the last exchange ended: the sum is exact, the share of each nearly so. */
  private count(exchange: Exchange): void {
    const { bytesWritten, bytesRead } = this.socket;
    // A destroyed socket may have forgotten.
    exchange.sentBytes += Math.max(0, bytesWritten - this.sentBytes);
    exchange.receivedBytes += Math.max(0, bytesRead - this.receivedBytes);
    this.sentBytes = Math.max(this.sentBytes, bytesWritten);
    this.receivedBytes = Math.max(this.receivedBytes, bytesRead);
  }

  private leave(): void {
    if (this.going) return;
    this.going = true;
    this.owner.onHttp2Gone(this);
  }

  /** The caller of `send` must have returned first, as with other failures. */
  private onUnsendable(exchange: Exchange, cause: Error): void {
    const full = /_(INVALID_SESSION|GOAWAY_SESSION|OUT_OF_STREAMS)$/.test((cause as NodeJS.ErrnoException).code ?? "");
    if (full) this.leave();
    setImmediate(() => {
      if (this.isIdle) this.close();
      if (full && !exchange.retried) {
        this.owner.onHttp2Retry(exchange);
        return;
      }
      exchange.endMs = this.now();
      exchange.error = exchangeError(errorCodes.generic, cause.message);
      exchange.receiver.onExchange(exchange);
    });
  }

  private onGoAway(code: number, lastStreamId: number): void {
    this.goAwayCode = code;
    this.leave();
    // Where there is no error, streams that the server answers go on, and Node refuses the others.
    if (code === 0) {
      if (this.isIdle) this.close();
      return;
    }
    const error = goAwayError(code);
    for (const stream of [...this.streams]) {
      const id = stream.id ?? 0;
      // An error on a fresh connection would come again on the next one.
      if (id > lastStreamId && id > 1) this.onStreamRefused(stream, error);
      else stream.fail(error);
    }
    this.close();
  }

  private onSessionError(cause: Error): void {
    // Of a GOAWAY or of the socket: both have been heard already.
    if ((cause as NodeJS.ErrnoException).code === "ERR_HTTP2_ERROR") this.failAll(connectionError(cause), false);
    this.close();
  }

  private onSocketError(cause: Error): void {
    if ((cause as NodeJS.ErrnoException).code?.startsWith("ERR_HTTP2") === true) return;
    this.failAll(socketError(cause, "open"), true);
    this.close();
  }

  private onSocketClose(): void {
    const error =
      this.goAwayCode >= 0
        ? goAwayError(this.goAwayCode)
        : exchangeError(errorCodes.generic, "the connection closed before the response was complete");
    this.failAll(error, true);
    this.close();
  }

  /** @param mayRetry where the connection was dead already, the server has not seen what was sent over it */
  private failAll(error: ExchangeError, mayRetry: boolean): void {
    for (const stream of [...this.streams]) {
      const { exchange } = stream;
      const stale = mayRetry && exchange.reused && exchange.firstByteMs === 0 && isReplayable(exchange);
      if (stale) this.onStreamRefused(stream, error);
      else stream.fail(error);
    }
  }
}
