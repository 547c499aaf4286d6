import { Connection, type ConnectionOwner } from "./connection.js";
import { Exchange, type HttpRequest, type Receiver } from "./exchange.js";
import type { HttpSettings } from "./settings.js";

/**
 * An HTTP/1.1 client with its own pool of keep-alive connections: one for each virtual user.
 *
 * A request takes an idle connection to its origin or opens a new one; it never queues. Faults come as
 * `exchange.error`, not as exceptions.
 */
export class HttpClient implements ConnectionOwner {
  /** TLS tickets by origin, so that a new connection of the same user resumes its session. */
  readonly sessions = new Map<string, Buffer>();
  private readonly idle = new Map<string, Connection[]>();
  private readonly connections = new Set<Connection>();

  constructor(readonly settings: HttpSettings) {}

  /** Sends a request; the receiver hears once, before this returns only where no socket could be made. */
  send(request: HttpRequest, receiver: Receiver): void {
    const exchange = new Exchange(request, receiver, this.settings.now());
    const connection = this.takeIdle(request.url.origin);
    if (connection === undefined) this.open(exchange);
    else connection.send(exchange);
  }

  /** The same with a promise; rejects only with the reason given to {@link abortAll}. */
  request(request: HttpRequest): Promise<Exchange> {
    return new Promise((resolve, reject) => this.send(request, { onExchange: resolve, onAborted: reject }));
  }

  /** Ends all outstanding requests with the reason and closes their connections; idle ones stay. */
  abortAll(reason: Error): void {
    const idle = new Set([...this.idle.values()].flat());
    for (const connection of [...this.connections]) {
      if (!idle.has(connection)) connection.abort(reason);
    }
  }

  closeIdle(): void {
    for (const list of [...this.idle.values()]) {
      for (const connection of [...list]) connection.close();
    }
  }

  /** Closes everything; outstanding requests end with an error of their own. */
  close(): void {
    this.abortAll(new Error("the client was closed"));
    this.closeIdle();
    this.sessions.clear();
  }

  /** Open or opening, busy or idle. */
  get connectionCount(): number {
    return this.connections.size;
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
  }

  /** @internal Once only, and over a fresh connection: other idle ones may be as dead. */
  onStale(exchange: Exchange): void {
    exchange.retried = true;
    exchange.reused = false;
    exchange.gotConnectionMs = 0;
    exchange.sentMs = 0;
    this.open(exchange);
  }

  private open(exchange: Exchange): void {
    const connection = new Connection(this, exchange.request.url, exchange);
    // One that failed at once has already been told off.
    if (!connection.closed) this.connections.add(connection);
  }

  /** The one used last: it is the least likely to have been closed by the server. */
  private takeIdle(origin: string): Connection | undefined {
    return this.idle.get(origin)?.pop();
  }
}
