import type { TLSSocket } from "node:tls";
import { Connection, type ConnectionOwner } from "./connection.js";
import type { Remote } from "./dial.js";
import { Exchange, type HttpRequest, type Receiver } from "./exchange.js";
import { Http2Connection, type Http2Owner } from "./http2-connection.js";
import type { HttpSettings } from "./settings.js";
import { type Opener, SharedConnections } from "./shared-connections.js";

/**
 * A client for HTTP/1.1, and for HTTP/2 where a TLS server agrees to it, with its own connections: one for each
 * virtual user.
 *
 * Over HTTP/1.1 a request takes an idle connection to its origin or opens a new one; it never queues. Over HTTP/2 it
 * shares the origin's connection. Faults come as `exchange.error`, not as exceptions.
 */
export class HttpClient implements ConnectionOwner, Http2Owner, Opener {
  /** @internal */
  readonly sessions = new Map<string, Buffer>();
  /** @internal */
  readonly stapled = new Map<string, Buffer>();
  private readonly idle = new Map<string, Connection[]>();
  private readonly connections = new Set<Connection>();
  private readonly shared = new SharedConnections(this);

  constructor(readonly settings: HttpSettings) {}

  /** Sends a request; the receiver hears once, before this returns only where no socket could be made. */
  send(request: HttpRequest, receiver: Receiver): void {
    const exchange = new Exchange(request, receiver, this.settings.now());
    const connection = this.takeIdle(request.url.origin);
    if (connection === undefined) this.openOrShare(exchange);
    else connection.send(exchange);
  }

  /** The same with a promise; rejects only with the reason given to {@link abortAll}. */
  request(request: HttpRequest): Promise<Exchange> {
    return new Promise((resolve, reject) => this.send(request, { onExchange: resolve, onAborted: reject }));
  }

  /** Ends all outstanding requests with the reason and closes their connections; idle and shared ones stay. */
  abortAll(reason: Error): void {
    // Those who wait for a connection first, or they would open one of their own as it is closed.
    this.shared.abortAll(reason);
    const idle = new Set([...this.idle.values()].flat());
    for (const connection of [...this.connections]) {
      if (!idle.has(connection)) connection.abort(reason);
    }
  }

  closeIdle(): void {
    for (const list of [...this.idle.values()]) {
      for (const connection of [...list]) connection.close();
    }
    this.shared.closeIdle();
  }

  /** Closes everything; outstanding requests end with an error of their own. */
  close(): void {
    this.abortAll(new Error("the client was closed"));
    this.closeIdle();
    this.sessions.clear();
    this.stapled.clear();
  }

  /** Open or opening, busy or idle. */
  get connectionCount(): number {
    return this.connections.size + this.shared.count;
  }

  /** @internal */
  onIdle(connection: Connection): void {
    const list = this.idle.get(connection.origin);
    if (list === undefined) this.idle.set(connection.origin, [connection]);
    else list.push(connection);
  }

  /** @internal */
  onClosed(connection: Connection): void {
    this.connections.delete(connection);
    const list = this.idle.get(connection.origin);
    const at = list?.indexOf(connection) ?? -1;
    if (at >= 0) list!.splice(at, 1);
    this.shared.giveUp(connection, connection.origin);
  }

  /** @internal Once only, and over a fresh connection: other idle ones may be as dead. */
  onStale(exchange: Exchange): void {
    this.open(again(exchange));
  }

  /** @internal */
  onHttp1(connection: Connection): void {
    this.shared.learn(connection, connection.origin, false);
  }

  /** @internal */
  onHttp2(connection: Connection, socket: TLSSocket, remote: Remote, exchange: Exchange): void {
    this.connections.delete(connection);
    const shared = new Http2Connection(this, connection.origin, socket, remote);
    this.shared.add(shared);
    shared.send(exchange);
    this.shared.learn(connection, connection.origin, true);
  }

  /** @internal */
  onHttp2Gone(connection: Http2Connection): void {
    this.shared.retire(connection);
  }

  /** @internal */
  onHttp2Closed(connection: Http2Connection): void {
    this.shared.remove(connection);
  }

  /** @internal */
  onHttp2Retry(exchange: Exchange): void {
    this.openOrShare(again(exchange));
  }

  /** @internal Over no idle connection: who waited for a new one may have the next. */
  openOrShare(exchange: Exchange): void {
    const { settings } = this;
    const mayShare = exchange.request.url.tls && settings.keepAlive && settings.http2 !== false;
    if (!mayShare || !this.shared.take(exchange)) this.open(exchange, mayShare);
  }

  /** @internal */
  open(exchange: Exchange, mayShare = false): void {
    const { url } = exchange.request;
    const connection = new Connection(this, url, exchange, this.settings.proxies?.proxyFor(url));
    // One that failed at once has already been told off.
    if (connection.closed) return;
    this.connections.add(connection);
    if (mayShare) this.shared.lead(connection, url.origin);
  }

  /** The one used last: it is the least likely to have been closed by the server. */
  private takeIdle(origin: string): Connection | undefined {
    return this.idle.get(origin)?.pop();
  }
}

/** The exchange as it was before it was sent for the first time. */
function again(exchange: Exchange): Exchange {
  exchange.retried = true;
  exchange.reused = false;
  exchange.gotConnectionMs = 0;
  exchange.sentMs = 0;
  exchange.firstByteMs = 0;
  return exchange;
}
