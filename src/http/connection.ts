import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { type Expiring, unwatch, watch } from "./deadlines.js";
import { decodeExchange } from "./decode-exchange.js";
import { type ConnectionPhase, type ExchangeError, errorCodes, exchangeError, socketError } from "./errors.js";
import { type Exchange, type HttpRequest, isReplayable } from "./exchange.js";
import type { Remote } from "./http2-connection.js";
import { ResponseParser } from "./parser.js";
import { type ForwardProxy, proxyFault } from "./proxy.js";
import { relayed } from "./relayed.js";
import { mappedHost, resolveHost } from "./resolver.js";
import { type HttpSettings, idleTimeoutMsOf, maxBodyBytesOf } from "./settings.js";
import { type OnBytes, openSocket, openTls, type TlsOffer } from "./socket.js";
import { wayThrough } from "./through-proxy.js";
import type { Way } from "./tunnel.js";
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
  /** TLS is ready, and the server speaks HTTP/1. */
  onHttp1(connection: Connection): void;
  /** TLS is ready, and the server speaks HTTP/2: socket and exchange are the owner's now. */
  onHttp2(connection: Connection, socket: TLSSocket, remote: Remote, exchange: Exchange): void;
  readonly sessions: Map<string, Buffer>;
  readonly stapled: Map<string, Buffer>;
}

const defaultConnectTimeoutMs = 30_000;

/**
 * One socket and the exchange it is busy with.
 *
 *     lookup -> connect -> (tls) -> open: busy <-> idle -> closed
 *
 * Through a proxy, lookup, connect and a first tls are the proxy's; where the URL asks for TLS, a tunnel comes before it.
 * A server that agrees to HTTP/2 ends this connection's part: its socket goes to the owner.
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
  private ocsp: Buffer | undefined;
  private ended = false;
  /** Where the socket leads: the URL's own server, or the proxy. */
  private readonly peer: ParsedUrl;
  private tunnel: Way | undefined;

  /** Begins to connect for a first exchange. */
  constructor(
    private readonly owner: ConnectionOwner,
    private readonly url: ParsedUrl,
    exchange: Exchange,
    private readonly proxy?: ForwardProxy,
  ) {
    this.peer = proxy?.url ?? url;
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
    const { hostname, port, ipVersion } = this.peer;
    // A proxy must not lead to what is blocked.
    for (const name of hostname === this.url.hostname ? [hostname] : [this.url.hostname, hostname]) {
      const fault = this.owner.settings.blocked?.hostFault(name);
      if (fault === undefined) continue;
      this.failSoon(exchangeError(errorCodes.blockedHostname, fault));
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
      if (answer.error !== null) this.fail(this.fault(answer.error), false);
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
    const fault = settings.blocked?.addressFault(address);
    if (fault !== undefined) {
      this.failSoon(exchangeError(errorCodes.blacklistedIp, fault));
      return;
    }
    try {
      const socket = openSocket(this.peer, address, this.remotePort, settings, this.tlsOptions(), this.reader());
      this.listen(socket, this.peer.tls);
    } catch (cause) {
      // A port beyond 65535 in the `hosts` option, or a certificate that cannot be read.
      this.fail(socketError(cause as Error, "connect"), false);
    }
  }

  /** Whether what TLS is spoken with is the URL's own server. */
  private get pastProxy(): boolean {
    return this.proxy === undefined || this.tunnel?.open === true;
  }

  private tlsOptions(): TlsOffer {
    if (!this.pastProxy) return { session: undefined, http2: false };
    return { session: this.owner.sessions.get(this.origin), http2: this.owner.settings.http2 !== false };
  }

  /** Whether the proxy must open a way, instead of reading requests. */
  private get needsTunnel(): boolean {
    return this.proxy !== undefined && (this.url.tls || this.proxy.isSocks);
  }

  /** Bytes of a proxy's answer are not those of a response. */
  private reader(): OnBytes {
    if (!this.needsTunnel) return (buffer, length) => this.onBytes(buffer, length);
    return (buffer, length) => this.onTunnelBytes(buffer, length);
  }

  private listen(socket: Socket | TLSSocket, tls: boolean): void {
    this.socket = socket;
    socket.on("connect", () => this.onConnect());
    if (tls) {
      socket.on("OCSPResponse", (answer: Buffer | null) => this.onStapled(socket, answer));
      socket.on("secureConnect", () => this.onSecure(socket as TLSSocket));
      if (this.url.tls) socket.on("session", (ticket: Buffer) => this.onTicket(socket, ticket));
    }
    socket.on("end", () => this.onEnd(socket));
    socket.on("error", (cause: Error) => this.onError(socket, cause));
    socket.on("close", () => this.onClose(socket));
  }

  /** The proxy's own tickets are of no use to the server. */
  private onTicket(socket: Socket, ticket: Buffer): void {
    if (socket === this.socket && this.pastProxy) this.owner.sessions.set(this.origin, ticket);
  }

  private onStapled(socket: Socket, answer: Buffer | null): void {
    if (socket === this.socket && this.pastProxy && answer !== null && answer.length > 0) this.ocsp = answer;
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
    if (this.peer.tls) this.phase = "tls";
    else this.onReady(exchange);
  }

  /** The socket leads to its peer. */
  private onReady(exchange: Exchange): void {
    if (this.proxy === undefined) {
      this.onOpen(exchange);
      return;
    }
    this.owner.settings.onProxied?.(this.proxy);
    if (this.needsTunnel) {
      this.phase = "proxy";
      this.tunnel = wayThrough(this.proxy, this.url);
      this.tunnel.ask(this.socket!);
    } else this.onOpen(exchange);
  }

  private onTunnelBytes(buffer: Buffer, length: number): void {
    const { tunnel } = this;
    if (tunnel?.open === true && !this.url.tls) {
      this.onBytes(buffer, length);
      return;
    }
    if (tunnel === undefined || tunnel.open || this.current === null) {
      this.close();
      return;
    }
    const refusal = tunnel.feed(buffer, length);
    if (refusal === "") this.onTunnel();
    else if (refusal !== undefined) this.fail(exchangeError(errorCodes.generic, refusal), false);
  }

  /** The same bytes from here on are those of the server: TLS begins once more, with it. */
  private onTunnel(): void {
    if (!this.url.tls) {
      this.onOpen(this.current!);
      return;
    }
    const through = this.socket!;
    this.phase = "tls";
    this.phaseStartMs = this.now();
    try {
      const reader: OnBytes = (buffer, length) => this.onBytes(buffer, length);
      this.listen(openTls(this.url, through, this.owner.settings, this.tlsOptions(), reader), true);
    } catch (cause) {
      this.fail(socketError(cause as Error, "tls"), false);
    }
  }

  private onSecure(socket: TLSSocket): void {
    const exchange = this.current;
    if (exchange === null) return;
    exchange.tlsHandshakingMs += this.now() - this.phaseStartMs;
    if (!this.pastProxy) {
      this.onReady(exchange);
      return;
    }
    // "TLSv1.3" -> "tls1.3"; "TLSv1" -> "tls1.0".
    const version = (socket.getProtocol() ?? "").replace("TLSv", "tls");
    this.tlsVersion = version === "tls1" ? "tls1.0" : version;
    this.tlsCipher = socket.getCipher().standardName;
    const { stapled } = this.owner;
    // A resumed session comes without: what was stapled to its certificate still holds.
    if (socket.isSessionReused()) this.ocsp ??= stapled.get(this.origin);
    if (this.ocsp === undefined) stapled.delete(this.origin);
    else stapled.set(this.origin, this.ocsp);
    if (socket.alpnProtocol === "h2") {
      this.handOver(exchange, socket);
      return;
    }
    this.owner.onHttp1(this);
    this.onOpen(exchange);
  }

  /** From here on the socket speaks what this connection does not. */
  private handOver(exchange: Exchange, socket: TLSSocket): void {
    const { tlsVersion, tlsCipher, ocsp, remotePort } = this;
    const remote = { remoteIp: this.addresses[this.addressIndex]!, remotePort, tlsVersion, tlsCipher, ocsp };
    this.current = null;
    this.closed = true;
    this.deadlineMs = Number.POSITIVE_INFINITY;
    unwatch(this);
    this.owner.onHttp2(this, socket, remote, exchange);
  }

  private onOpen(exchange: Exchange): void {
    this.phase = "open";
    this.write(exchange);
  }

  private write(exchange: Exchange): void {
    const request = this.proxy === undefined ? exchange.request : this.throughProxy(exchange.request);
    exchange.remoteIp = this.addresses[this.addressIndex]!;
    exchange.remotePort = this.remotePort;
    exchange.tlsVersion = this.tlsVersion;
    exchange.tlsCipher = this.tlsCipher;
    exchange.ocsp = this.ocsp;
    this.deadlineMs = this.requestDeadlineMs;
    this.parser.start(request.method === "HEAD", !request.discardBody, maxBodyBytesOf(this.owner.settings));
    exchange.gotConnectionMs = this.now();
    const socket = this.socket!;
    exchange.sentBytes = writeRequest(socket, request, this.onWritten);
    // Usually the kernel took it all at once; else `onWritten` tells when it did.
    if (socket.writableLength === 0) exchange.sentMs = this.now();
  }

  /** Through a tunnel a request is what it always is. */
  private throughProxy(request: HttpRequest): HttpRequest {
    return this.needsTunnel ? request : relayed(request, this.proxy!);
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
    const now = this.now();
    if (this.phase === "connect") exchange.connectingMs += now - this.phaseStartMs;
    else if (this.phase === "tls") exchange.tlsHandshakingMs += now - this.phaseStartMs;
    this.close();
    if (mayRetry && exchange.reused && !exchange.retried && exchange.firstByteMs === 0) {
      this.owner.onStale(exchange);
      return;
    }
    exchange.endMs = now;
    exchange.error = error;
    exchange.receiver.onExchange(exchange);
  }

  private onEnd(socket: Socket): void {
    if (socket !== this.socket) return;
    this.ended = true;
    const exchange = this.current;
    if (exchange === null) {
      this.close();
      return;
    }
    if (this.phase === "proxy") this.fail(exchangeError(errorCodes.generic, this.tunnel!.cutOff), false);
    if (this.phase !== "open" || this.closed) return;
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
    this.fail(this.fault(cause), exchange !== null && (unread || isReplayable(exchange)));
  }

  /** What Node says of the socket; of the way to a proxy it says nothing about the target. */
  private fault(cause: Error): ExchangeError {
    const error = socketError(cause, this.phase);
    return this.phase !== "open" && !this.pastProxy ? proxyFault(this.proxy!, error) : error;
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
