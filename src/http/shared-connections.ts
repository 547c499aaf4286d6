import { type Expiring, unwatch, watch } from "./deadlines.js";
import { errorCodes, exchangeError } from "./errors.js";
import type { Exchange } from "./exchange.js";
import type { Http2Connection } from "./http2-connection.js";
import { RecentMap } from "./recent-map.js";

/** By origin: whether its server speaks HTTP/2. All users of a thread learn from the first. */
const speaksHttp2 = new RecentMap<string, boolean>(4096);

/** Who opens connections. */
export interface Opener {
  readonly settings: { readonly now: () => number };
  /** Over a shared connection where there is one by now, else over a new one. */
  openOrShare(exchange: Exchange): void;
  /** Over a connection of its own. */
  open(exchange: Exchange): void;
}

/**
 * What a client keeps of HTTP/2: one connection an origin, shared by all its requests; more only where the server
 * limits the streams.
 *
 * While the first connection to an origin is being opened, others wait for it: it may be the one that they share.
 */
export class SharedConnections {
  private readonly ready = new Map<string, Http2Connection[]>();
  private readonly opening = new Map<string, { readonly leader: object; readonly waiting: Set<Waiting> }>();
  private readonly all = new Set<Http2Connection>();

  constructor(private readonly opener: Opener) {}

  get count(): number {
    return this.all.size;
  }

  /** @returns whether the request is on its way or waits for a connection; else it needs one of its own */
  take(exchange: Exchange): boolean {
    const { origin } = exchange.request.url;
    const free = this.ready.get(origin)?.find((connection) => connection.hasRoom);
    if (free !== undefined) {
      free.send(exchange);
      return true;
    }
    const opening = this.opening.get(origin);
    if (opening === undefined || speaksHttp2.get(origin) === false) return false;
    const waiting = new Waiting(exchange, this.opener.settings.now, () => opening.waiting.delete(waiting));
    opening.waiting.add(waiting);
    return true;
  }

  /** A connection is being opened that others may share. */
  lead(leader: object, origin: string): void {
    if (speaksHttp2.get(origin) !== false && !this.opening.has(origin)) {
      this.opening.set(origin, { leader, waiting: new Set() });
    }
  }

  /** What an origin speaks has been agreed upon. */
  learn(leader: object, origin: string, http2: boolean): void {
    speaksHttp2.set(origin, http2);
    for (const exchange of this.released(leader, origin)) this.opener.openOrShare(exchange);
  }

  /** The connection came to nothing: those who waited try by themselves. */
  giveUp(leader: object, origin: string): void {
    for (const exchange of this.released(leader, origin)) this.opener.open(exchange);
  }

  add(connection: Http2Connection): void {
    this.all.add(connection);
    const list = this.ready.get(connection.origin);
    if (list === undefined) this.ready.set(connection.origin, [connection]);
    else list.push(connection);
  }

  retire(connection: Http2Connection): void {
    const rest = this.ready.get(connection.origin)?.filter((each) => each !== connection) ?? [];
    if (rest.length > 0) this.ready.set(connection.origin, rest);
    else this.ready.delete(connection.origin);
  }

  remove(connection: Http2Connection): void {
    this.all.delete(connection);
  }

  abortAll(reason: Error): void {
    for (const { waiting } of [...this.opening.values()]) {
      for (const each of [...waiting]) {
        each.leave();
        each.exchange.receiver.onAborted(reason);
      }
    }
    for (const connection of [...this.all]) connection.abort(reason);
  }

  closeIdle(): void {
    for (const connection of [...this.all]) if (connection.isIdle) connection.close();
  }

  private released(leader: object, origin: string): Exchange[] {
    const opening = this.opening.get(origin);
    if (opening?.leader !== leader) return [];
    this.opening.delete(origin);
    return [...opening.waiting].map((each) => {
      each.leave();
      return each.exchange;
    });
  }
}

/** A request that waits for a connection which another one opened. */
class Waiting implements Expiring {
  readonly deadlineMs: number;

  constructor(
    readonly exchange: Exchange,
    readonly now: () => number,
    private readonly onLeave: () => void,
  ) {
    this.deadlineMs = exchange.startMs + exchange.request.timeoutMs;
    watch(this);
  }

  leave(): void {
    unwatch(this);
    this.onLeave();
  }

  expire(): void {
    const { exchange } = this;
    this.leave();
    exchange.endMs = this.now();
    exchange.error = exchangeError(errorCodes.timeout, "the request timed out");
    exchange.receiver.onExchange(exchange);
  }
}
