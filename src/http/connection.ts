import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { backlog, type Reader } from "./backlog.js";
import { type Expiring, unwatch, watch } from "./deadlines.js";
import { decodeExchange } from "./decode-exchange.js";
import { Dial, type DialContext, type Dialler, type Line, needsTunnel, type Remote } from "./dial.js";
import { type ExchangeError, errorCodes, exchangeError, socketError } from "./errors.js";
import { type Exchange, isReplayable } from "./exchange.js";
import { ResponseParser } from "./parser.js";
import type { ForwardProxy } from "./proxy.js";
import { relayed } from "./relayed.js";
import { idleTimeoutMsOf, maxBodyBytesOf } from "./settings.js";
import type { ParsedUrl } from "./url.js";
import { writeRequest } from "./write.js";

/** What a connection tells the pool that owns it. */
export interface ConnectionOwner extends DialContext {
  /** The last exchange left the connection fit for another. */
  onIdle(connection: Connection): void;
  onClosed(connection: Connection): void;
  /** A kept connection turned out dead before any byte of the answer; the request may be sent again. */
  onStale(exchange: Exchange): void;
  /** TLS is ready, and the server speaks HTTP/1. */
  onHttp1(connection: Connection): void;
  /** TLS is ready, and the server speaks HTTP/2: socket and exchange are the owner's now. */
  onHttp2(connection: Connection, socket: TLSSocket, remote: Remote, exchange: Exchange): void;
}

/**
 * One socket and the exchange it is busy with.
 *
 *     dialling -> busy <-> idle -> closed
 *
 * A server that agrees to HTTP/2 ends this connection's part: its socket goes to the owner.
 *
 * Every way out of an exchange goes through `finish` or `fail`, each of which detaches it first: no receiver hears twice.
 */
export class Connection implements Expiring, Dialler, Reader {
  deadlineMs = Number.POSITIVE_INFINITY;
  readonly now: () => number;
  readonly origin: string;
  closed = false;

  private current: Exchange | null;
  private dial: Dial | undefined;
  private socket: Socket | TLSSocket | undefined;
  private remote: Remote | undefined;
  private requestDeadlineMs = 0;
  private readonly parser = new ResponseParser();
  private ended = false;
  /** What was read and must wait its turn. */
  private kept: { readonly bytes: Buffer; readonly atMs: number }[] = [];

  /** Begins to connect for a first exchange. */
  constructor(
    private readonly owner: ConnectionOwner,
    private readonly url: ParsedUrl,
    exchange: Exchange,
    private readonly proxy?: ForwardProxy,
  ) {
    this.now = owner.settings.now;
    this.origin = url.origin;
    this.current = exchange;
    this.requestDeadlineMs = exchange.startMs + exchange.request.timeoutMs;
    this.deadlineMs = this.requestDeadlineMs;
    // Before the dial's own deadline: where both have passed, the request's is the reason.
    watch(this);
    this.dial = new Dial(owner, url, proxy, this);
    this.dial.begin();
  }

  /** Sends a request over the open, idle connection. */
  send(exchange: Exchange): void {
    this.current = exchange;
    exchange.reused = true;
    this.requestDeadlineMs = exchange.startMs + exchange.request.timeoutMs;
    this.write(exchange);
  }

  /** Drops the connection and, if it is busy, ends its exchange with the reason. */
  abort(reason: Error): void {
    const exchange = this.current;
    this.current = null;
    this.close();
    exchange?.receiver.onAborted(reason);
  }

  /** @internal For the one timer of the thread. */
  expire(): void {
    this.catchUp();
    if (this.closed || this.deadlineMs > this.now()) return;
    if (this.current === null) this.close();
    else this.fail(exchangeError(errorCodes.timeout, "the request timed out"), false);
  }

  close(): void {
    if (this.closed) return;
    this.leave();
    this.dial?.stop();
    this.socket?.destroy();
    this.owner.onClosed(this);
  }

  /** @internal */
  onOpened({ socket, remote, http2 }: Line): void {
    const exchange = this.current!;
    this.endDial(exchange);
    if (http2) {
      this.current = null;
      this.leave();
      this.owner.onHttp2(this, socket as TLSSocket, remote, exchange);
      return;
    }
    this.socket = socket;
    this.remote = remote;
    socket.on("end", () => this.onEnd());
    socket.on("error", (cause: Error) => this.onError(cause));
    socket.on("close", () => this.onClose());
    if (this.url.tls) this.owner.onHttp1(this);
    this.write(exchange);
  }

  /** @internal */
  onFault(error: ExchangeError): void {
    this.fail(error, false);
  }

  /** @internal */
  onBytes(buffer: Buffer, length: number): void {
    const exchange = this.current;
    if (exchange === null) {
      // Nobody asked: whatever comes next could be taken for the answer to another request.
      this.close();
      return;
    }
    const waitedMs = backlog.count(this);
    const isFirst = exchange.firstByteMs === 0 && this.kept.length === 0;
    // That there was something to read says nothing of when the rest of it came.
    const atMs = isFirst ? this.now() - waitedMs : this.now();
    if (backlog.isFree && this.kept.length === 0) {
      this.receive(exchange, buffer, length, atMs);
      return;
    }
    this.kept.push({ bytes: Buffer.from(buffer.subarray(0, length)), atMs });
    backlog.keep(this, length, this.kept.length === 1);
  }

  /** @internal */
  catchUp(): void {
    const { kept } = this;
    if (kept.length === 0) return;
    this.kept = [];
    const exchange = this.current;
    for (const { bytes, atMs } of kept) {
      backlog.drop(bytes.length);
      if (this.closed) continue;
      const { current } = this;
      if (current !== null && current === exchange) this.receive(exchange, bytes, bytes.length, atMs);
      else {
        // Its exchange is over: nobody asked, and the next request, if it was sent already, must not get this for its answer.
        const error = exchangeError(errorCodes.generic, "the server sent more than its answer");
        this.fail(error, current !== null && isReplayable(current));
      }
    }
  }

  /** @param atMs when it was read */
  private receive(exchange: Exchange, buffer: Buffer, length: number, atMs: number): void {
    if (exchange.firstByteMs === 0) {
      // No answer comes before its request.
      exchange.firstByteMs = Math.max(atMs, exchange.sentMs, exchange.gotConnectionMs);
      if (exchange.sentMs === 0) exchange.sentMs = exchange.firstByteMs;
    }
    exchange.receivedBytes += length;
    const parser = this.parser;
    const stoppedAt = parser.feed(buffer, 0, length);
    if (parser.done) {
      const surplus = length - stoppedAt;
      exchange.receivedBytes -= surplus;
      this.finish(exchange, surplus === 0 && parser.keepAlive, Math.max(atMs, exchange.firstByteMs));
    } else if (parser.failed) {
      this.fail(exchangeError(errorCodes.generic, parser.fault), false);
    }
  }

  private endDial(exchange: Exchange): void {
    const { dial } = this;
    if (dial === undefined) return;
    this.dial = undefined;
    dial.stop();
    exchange.lookingUpMs += dial.lookingUpMs;
    exchange.connectingMs += dial.connectingMs;
    exchange.tlsHandshakingMs += dial.tlsHandshakingMs;
  }

  /** Nothing more is expected of it. */
  private leave(): void {
    this.closed = true;
    this.deadlineMs = Number.POSITIVE_INFINITY;
    unwatch(this);
  }

  private write(exchange: Exchange): void {
    const remote = this.remote!;
    exchange.remoteIp = remote.remoteIp;
    exchange.remotePort = remote.remotePort;
    exchange.tlsVersion = remote.tlsVersion;
    exchange.tlsCipher = remote.tlsCipher;
    exchange.ocsp = remote.ocsp;
    const request = this.relaysRequests ? relayed(exchange.request, this.proxy!) : exchange.request;
    this.deadlineMs = this.requestDeadlineMs;
    this.parser.start(request.method === "HEAD", !request.discardBody, maxBodyBytesOf(this.owner.settings));
    exchange.gotConnectionMs = this.now();
    const socket = this.socket!;
    exchange.sentBytes = writeRequest(socket, request, this.onWritten);
    // Usually the kernel took it all at once; else `onWritten` tells when it did.
    if (socket.writableLength === 0) exchange.sentMs = this.now();
  }

  /** Through a tunnel a request is what it always is. */
  private get relaysRequests(): boolean {
    return this.proxy !== undefined && !needsTunnel(this.url, this.proxy);
  }

  private readonly onWritten = (): void => {
    const exchange = this.current;
    if (exchange !== null && exchange.sentMs === 0 && this.socket!.writableLength === 0) exchange.sentMs = this.now();
  };

  private finish(exchange: Exchange, reusable: boolean, endMs: number): void {
    const parser = this.parser;
    exchange.endMs = endMs;
    exchange.status = parser.status;
    exchange.proto = parser.minor === 0 ? "HTTP/1.0" : "HTTP/1.1";
    exchange.head = parser.head;
    exchange.hasSetCookie = parser.hasSetCookie;
    exchange.body = parser.takeBody();
    if (parser.contentEncoding !== "") {
      decodeExchange(exchange, parser.contentEncoding, maxBodyBytesOf(this.owner.settings));
    }
    this.current = null;
    const settings = this.owner.settings;
    // An answer before the whole request was taken leaves the rest of the request in the way.
    if (reusable && settings.keepAlive && !this.ended && this.socket!.writableLength === 0) {
      this.deadlineMs = exchange.endMs + idleTimeoutMsOf(settings);
      this.owner.onIdle(this);
    } else {
      this.close();
    }
    exchange.receiver.onExchange(exchange);
  }

  private fail(error: ExchangeError, mayRetry: boolean): void {
    const exchange = this.current;
    this.current = null;
    if (exchange === null) {
      this.close();
      return;
    }
    this.endDial(exchange);
    const now = this.now();
    this.close();
    if (mayRetry && exchange.reused && !exchange.retried && exchange.firstByteMs === 0) {
      this.owner.onStale(exchange);
      return;
    }
    exchange.endMs = now;
    exchange.error = error;
    exchange.receiver.onExchange(exchange);
  }

  private onEnd(): void {
    this.ended = true;
    this.catchUp();
    if (this.closed) return;
    const exchange = this.current;
    if (exchange === null) {
      this.close();
      return;
    }
    this.parser.end();
    if (this.parser.done) this.finish(exchange, false, this.now());
    else if (exchange.firstByteMs === 0) {
      this.fail(
        exchangeError(errorCodes.generic, "the server closed the connection without an answer"),
        isReplayable(exchange),
      );
    } else this.fail(exchangeError(errorCodes.generic, this.parser.fault), false);
  }

  private onError(cause: Error): void {
    this.catchUp();
    if (this.closed) return;
    if (this.url.tls) this.owner.sessions.delete(this.origin);
    const exchange = this.current;
    // A broken pipe means that the server had closed before it could read anything: any request may be sent again.
    const unread = (cause as NodeJS.ErrnoException).code === "EPIPE";
    this.fail(socketError(cause, "open"), exchange !== null && (unread || isReplayable(exchange)));
  }

  private onClose(): void {
    this.catchUp();
    if (this.closed) return;
    const exchange = this.current;
    this.fail(
      exchangeError(errorCodes.generic, "the connection closed before the response was complete"),
      exchange !== null && isReplayable(exchange),
    );
  }
}
