import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { type Expiring, unwatch, watch } from "./deadlines.js";
import { DecodeError, decodeBody } from "./decode.js";
import { type ConnectionPhase, type ExchangeError, errorCodes, exchangeError, socketError } from "./errors.js";
import type { Exchange } from "./exchange.js";
import { ResponseParser } from "./parser.js";
import { mappedHost, resolveHost } from "./resolver.js";
import type { HttpSettings } from "./settings.js";
import { openSocket } from "./socket.js";
import type { ParsedUrl } from "./url.js";
import { writeRequest } from "./write.js";

/** What a connection tells the pool that owns it. */
export interface ConnectionOwner {
  readonly settings: HttpSettings;
  /** The last exchange left the connection fit for another. */
  onIdle(connection: Connection): void;
  onClosed(connection: Connection): void;
  /** A kept connection turned out dead before any byte of the answer; the request may be sent again. */
  onStale(exchange: Exchange): void;
  readonly sessions: Map<string, Buffer>;
}

const defaultConnectTimeoutMs = 30_000;
const defaultIdleTimeoutMs = 90_000;
const defaultMaxBodyBytes = 64 * 1024 * 1024;

/**
 * One socket and the exchange it is busy with.
 *
 *     lookup -> connect -> (tls) -> open: busy <-> idle -> closed
 *
 * Every way out of an exchange goes through `finish` or `fail`, each of which detaches it first: no receiver hears twice.
 */
export class Connection implements Expiring {
  deadlineMs = Number.POSITIVE_INFINITY;
  readonly now: () => number;
  readonly origin: string;
  closed = false;

  private socket: Socket | TLSSocket | undefined;
  private phase: ConnectionPhase = "lookup";
  private current: Exchange | null;
  private requestDeadlineMs = 0;
  private phaseStartMs = 0;
  private readonly parser = new ResponseParser();
  private addresses: readonly string[] = [];
  private addressIndex = 0;
  private remotePort = 0;
  private tlsVersion = "";
  private tlsCipher = "";
  private ended = false;

  /** Begins to connect for a first exchange. */
  constructor(
    private readonly owner: ConnectionOwner,
    private readonly url: ParsedUrl,
    exchange: Exchange,
  ) {
    this.now = owner.settings.now;
    this.origin = url.origin;
    this.current = exchange;
    this.requestDeadlineMs = exchange.startMs + exchange.request.timeoutMs;
    this.deadlineMs = this.requestDeadlineMs;
    watch(this);
    this.lookUp(exchange);
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
    const exchange = this.current;
    if (exchange === null) this.close();
    else if (this.requestDeadlineMs <= this.now()) {
      this.fail(exchangeError(errorCodes.timeout, "the request timed out"), false);
    } else {
      this.fail(exchangeError(errorCodes.dialTimeout, "the connection could not be opened in time"), false);
    }
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.deadlineMs = Number.POSITIVE_INFINITY;
    unwatch(this);
    this.socket?.destroy();
    this.owner.onClosed(this);
  }

  private lookUp(exchange: Exchange): void {
    const { hostname, port, ipVersion } = this.url;
    const pattern = this.owner.settings.blocked?.hostname(hostname);
    if (pattern !== undefined) {
      const message = `the host ${hostname} is blocked by ${pattern} in blockHostnames`;
      this.failSoon(exchangeError(errorCodes.blockedHostname, message));
      return;
    }
    this.remotePort = port;
    const mapped = mappedHost(this.owner.settings.hosts, hostname, port);
    if (mapped !== undefined) this.remotePort = mapped.port;
    const host = mapped?.address ?? hostname;
    if (mapped !== undefined || ipVersion !== 0) {
      this.addresses = [host];
      this.connect();
      return;
    }
    resolveHost(host, this.now, this.owner.settings.dns, (answer) => {
      if (this.closed) return;
      exchange.lookingUpMs = this.now() - exchange.startMs;
      this.addresses = answer.list;
      if (answer.error !== null) this.fail(socketError(answer.error, "lookup"), false);
      else if (answer.list.length === 0)
        this.fail(exchangeError(errorCodes.dnsNoSuchHost, `${host} has no address`), false);
      else this.connect();
    });
  }

  private connect(): void {
    const settings = this.owner.settings;
    this.phase = "connect";
    this.phaseStartMs = this.now();
    const dialDeadlineMs = this.phaseStartMs + (settings.connectTimeoutMs ?? defaultConnectTimeoutMs);
    this.deadlineMs = Math.min(this.requestDeadlineMs, dialDeadlineMs);
    const address = this.addresses[this.addressIndex]!;
    const range = settings.blocked?.address(address);
    if (range !== undefined) {
      const message = `the address ${address} is in ${range} of blacklistIPs`;
      this.failSoon(exchangeError(errorCodes.blacklistedIp, message));
      return;
    }
    const session = this.owner.sessions.get(this.origin);
    let socket: Socket | TLSSocket;
    try {
      socket = openSocket(this.url, address, this.remotePort, settings, session, (buffer, length) =>
        this.onBytes(buffer, length),
      );
    } catch (cause) {
      // A port beyond 65535 in the `hosts` option, or a certificate that cannot be read.
      this.fail(socketError(cause as Error, "connect"), false);
      return;
    }
    this.socket = socket;
    socket.on("connect", () => this.onConnect());
    if (this.url.tls) {
      socket.on("secureConnect", () => this.onSecure(socket as TLSSocket));
      socket.on("session", (ticket: Buffer) => this.owner.sessions.set(this.origin, ticket));
    }
    socket.on("end", () => this.onEnd());
    socket.on("error", (cause: Error) => this.onError(socket, cause));
    socket.on("close", () => this.onClose(socket));
  }

  /** What is known before anything was tried; the caller of `send` must have returned first, as with other failures. */
  private failSoon(error: ExchangeError): void {
    setImmediate(() => {
      if (!this.closed) this.fail(error, false);
    });
  }

  private onConnect(): void {
    const exchange = this.current;
    if (exchange === null) return;
    const now = this.now();
    exchange.connectingMs += now - this.phaseStartMs;
    this.phaseStartMs = now;
    this.deadlineMs = this.requestDeadlineMs;
    if (this.url.tls) this.phase = "tls";
    else this.onOpen(exchange);
  }

  private onSecure(socket: TLSSocket): void {
    const exchange = this.current;
    if (exchange === null) return;
    exchange.tlsHandshakingMs = this.now() - this.phaseStartMs;
    // "TLSv1.3" -> "tls1.3"; "TLSv1" -> "tls1.0".
    const version = (socket.getProtocol() ?? "").replace("TLSv", "tls");
    this.tlsVersion = version === "tls1" ? "tls1.0" : version;
    this.tlsCipher = socket.getCipher().standardName;
    this.onOpen(exchange);
  }

  private onOpen(exchange: Exchange): void {
    this.phase = "open";
    this.write(exchange);
  }

  private write(exchange: Exchange): void {
    const request = exchange.request;
    exchange.remoteIp = this.addresses[this.addressIndex]!;
    exchange.remotePort = this.remotePort;
    exchange.tlsVersion = this.tlsVersion;
    exchange.tlsCipher = this.tlsCipher;
    this.deadlineMs = this.requestDeadlineMs;
    this.parser.start(
      request.method === "HEAD",
      !request.discardBody,
      this.owner.settings.maxBodyBytes ?? defaultMaxBodyBytes,
    );
    exchange.gotConnectionMs = this.now();
    const socket = this.socket!;
    exchange.sentBytes = writeRequest(socket, request, this.onWritten);
    // Usually the kernel took it all at once; else `onWritten` tells when it did.
    if (socket.writableLength === 0) exchange.sentMs = this.now();
  }

  private readonly onWritten = (): void => {
    const exchange = this.current;
    if (exchange !== null && exchange.sentMs === 0 && this.socket!.writableLength === 0) exchange.sentMs = this.now();
  };

  private onBytes(buffer: Buffer, length: number): void {
    const exchange = this.current;
    if (exchange === null) {
      // Nobody asked: whatever comes next could be taken for the answer to another request.
      this.close();
      return;
    }
    if (exchange.firstByteMs === 0) {
      exchange.firstByteMs = this.now();
      if (exchange.sentMs === 0) exchange.sentMs = exchange.firstByteMs;
    }
    exchange.receivedBytes += length;
    const parser = this.parser;
    const stoppedAt = parser.feed(buffer, 0, length);
    if (parser.done) {
      const surplus = length - stoppedAt;
      exchange.receivedBytes -= surplus;
      this.finish(exchange, surplus === 0 && parser.keepAlive);
    } else if (parser.failed) {
      this.fail(exchangeError(errorCodes.generic, parser.fault), false);
    }
  }

  private finish(exchange: Exchange, reusable: boolean): void {
    const parser = this.parser;
    exchange.endMs = this.now();
    exchange.status = parser.status;
    exchange.proto = parser.minor === 0 ? "HTTP/1.0" : "HTTP/1.1";
    exchange.head = parser.head;
    exchange.hasSetCookie = parser.hasSetCookie;
    exchange.body = parser.takeBody();
    if (parser.contentEncoding !== "" && exchange.body.length > 0) this.decode(exchange, parser.contentEncoding);
    this.current = null;
    const settings = this.owner.settings;
    // An answer before the whole request was taken leaves the rest of the request in the way.
    if (reusable && settings.keepAlive && !this.ended && this.socket!.writableLength === 0) {
      this.deadlineMs = exchange.endMs + (settings.idleTimeoutMs ?? defaultIdleTimeoutMs);
      this.owner.onIdle(this);
    } else {
      this.close();
    }
    exchange.receiver.onExchange(exchange);
  }

  private decode(exchange: Exchange, encoding: string): void {
    try {
      exchange.body = decodeBody(exchange.body, encoding, this.owner.settings.maxBodyBytes ?? defaultMaxBodyBytes);
    } catch (cause) {
      if (!(cause instanceof DecodeError)) throw cause;
      exchange.error = exchangeError(errorCodes.decompression, cause.message);
      exchange.body = exchange.body.subarray(0, 0);
    }
  }

  private fail(error: ExchangeError, mayRetry: boolean): void {
    const exchange = this.current;
    this.current = null;
    if (exchange === null) {
      this.close();
      return;
    }
    const now = this.now();
    if (this.phase === "connect") exchange.connectingMs += now - this.phaseStartMs;
    else if (this.phase === "tls") exchange.tlsHandshakingMs = now - this.phaseStartMs;
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
    const exchange = this.current;
    if (exchange === null) {
      this.close();
      return;
    }
    if (this.phase !== "open") return;
    this.parser.end();
    if (this.parser.done) this.finish(exchange, false);
    else if (exchange.firstByteMs === 0) {
      this.fail(
        exchangeError(errorCodes.generic, "the server closed the connection without an answer"),
        isReplayable(exchange),
      );
    } else this.fail(exchangeError(errorCodes.generic, this.parser.fault), false);
  }

  private onError(socket: Socket, cause: Error): void {
    if (socket !== this.socket || this.closed) return;
    if (this.phase === "connect" && this.addressIndex + 1 < this.addresses.length) {
      const exchange = this.current!;
      exchange.connectingMs += this.now() - this.phaseStartMs;
      this.addressIndex += 1;
      this.connect();
      return;
    }
    if (this.url.tls) this.owner.sessions.delete(this.origin);
    const exchange = this.current;
    // A broken pipe means that the server had closed before it could read anything: any request may be sent again.
    const unread = (cause as NodeJS.ErrnoException).code === "EPIPE";
    this.fail(socketError(cause, this.phase), exchange !== null && (unread || isReplayable(exchange)));
  }

  private onClose(socket: Socket): void {
    if (socket !== this.socket || this.closed) return;
    const exchange = this.current;
    this.fail(
      exchangeError(errorCodes.generic, "the connection closed before the response was complete"),
      exchange !== null && isReplayable(exchange),
    );
  }
}

/** Go's rule, thus k6's: a request that may have been acted upon is sent twice only if twice does no harm. */
function isReplayable(exchange: Exchange): boolean {
  const { method, body } = exchange.request;
  return (
    (body === null || body.length === 0) &&
    (method === "GET" || method === "HEAD" || method === "OPTIONS" || method === "TRACE")
  );
}
