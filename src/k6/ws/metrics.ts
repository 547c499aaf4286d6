import type { Socket } from "node:net";
import { builtInMetrics, type Metric, protocolMetrics } from "../../model/metric.js";
import type { Vu } from "../../model/vu.js";
import { TagSets } from "../tag-sets.js";
import { shownAddress, type WsParams } from "./params.js";

const names = [
  "ws_sessions",
  "ws_msgs_sent",
  "ws_msgs_received",
  "ws_ping",
  "ws_session_duration",
  "ws_connecting",
] as const;

/** Lets thresholds and the summary know the metrics of a script that uses WebSockets. */
export function defineWsMetrics(vu: Vu): void {
  for (const name of names) {
    const { type, contains } = protocolMetrics[name];
    vu.sink.define(name, type, contains);
  }
}

/** The samples of one WebSocket, opened or not: its session, its messages, its pings and its bytes. */
export class WsSamples {
  private readonly startMs: number;
  private readonly tagSets: TagSets;
  private readonly pings = new Map<string, number>();
  private readonly own: Record<string, string>;
  private socket: Socket | undefined;
  private sentBytes = 0;
  private receivedBytes = 0;
  private begun = false;
  private ended = false;

  /** @param params what the script gave; of `k6/ws` a name stands beside the URL, of `k6/websockets` in its place */
  constructor(
    private readonly vu: Vu,
    private readonly params: Pick<WsParams, "address" | "module" | "tags">,
  ) {
    this.startMs = vu.now();
    this.tagSets = new TagSets(vu);
    const shown = shownAddress(params.address);
    const name = params.tags.name ?? shown;
    this.own = { ...this.enabled(params.module === "ws" ? { url: shown } : { url: name, name }), ...params.tags };
  }

  opened(status: number, subprotocol: string, socket: Socket | undefined): void {
    this.socket = socket;
    this.begin(status, subprotocol);
  }

  /** It counts as a session even so. @param status of the answer, 0 without one */
  refused(status: number): void {
    if (this.begun) return;
    this.begin(status, "");
    if (this.params.module === "ws") this.closed();
  }

  private begin(status: number, subprotocol: string): void {
    this.begun = true;
    if (status !== 0) Object.assign(this.own, this.enabled({ status: String(status), subproto: subprotocol }));
    this.add(protocolMetrics.ws_sessions, 1);
    this.add(protocolMetrics.ws_connecting, this.vu.now() - this.startMs);
  }

  sent(): void {
    this.add(protocolMetrics.ws_msgs_sent, 1);
  }

  received(): void {
    this.add(protocolMetrics.ws_msgs_received, 1);
    this.countBytes();
  }

  /** @returns what the ping must carry, so that its pong is known */
  pinged(): string {
    const id = String(this.pings.size + 1);
    this.pings.set(id, this.vu.now());
    return id;
  }

  ponged(id: string): void {
    const sentMs = this.pings.get(id);
    if (sentMs !== undefined) this.add(protocolMetrics.ws_ping, this.vu.now() - sentMs);
  }

  closed(): void {
    if (this.ended) return;
    this.ended = true;
    this.countBytes();
    this.add(protocolMetrics.ws_session_duration, this.vu.now() - this.startMs);
  }

  /** What went over the wire since the last count, handshake and frames included. */
  private countBytes(): void {
    const { socket } = this;
    if (socket === undefined) return;
    this.add(builtInMetrics.data_sent, socket.bytesWritten - this.sentBytes);
    this.add(builtInMetrics.data_received, socket.bytesRead - this.receivedBytes);
    this.sentBytes = socket.bytesWritten;
    this.receivedBytes = socket.bytesRead;
  }

  private add(metric: Metric, value: number): void {
    this.vu.sink.add(metric, value, this.tagSets.withOwn(this.own));
  }

  private enabled(tags: Readonly<Record<string, string>>): Record<string, string> {
    const { systemTags } = this.vu.options;
    return Object.fromEntries(Object.entries(tags).filter(([name]) => systemTags.includes(name)));
  }
}
