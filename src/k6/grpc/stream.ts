import type { ClientDuplexStream, Metadata, ServiceError, StatusObject } from "@grpc/grpc-js";
import type { Type } from "protobufjs";
import { protocolMetrics } from "../../model/metric.js";
import type { Vu } from "../../model/vu.js";
import { pendingOf, runCallback } from "../pending.js";
import { misuse } from "../script-fail.js";
import { errorOf, GrpcSamples, metadataObject, readCallParams } from "./call.js";
import { Client } from "./client.js";
import { messageBytes, messageObject, messageTypes } from "./json.js";

type Listener = (...args: unknown[]) => unknown;

const eventNames = ["data", "error", "end", "metadata"];

/** The class `Stream` of one VU: a call whose messages come and go as they like; the iteration lasts until its end. */
export class Stream {
  readonly #vu: Vu;
  readonly #listeners = new Map<string, Listener[]>();
  readonly #call: ClientDuplexStream<Buffer, Buffer>;
  readonly #samples: GrpcSamples;
  readonly #request: Type;
  /** The method takes one message: whatever waits for its end would wait for ever. */
  readonly #takesOne: boolean;
  #closed = false;

  constructor(vu: Vu, client: unknown, url: unknown, given?: unknown) {
    if (!(client instanceof Client)) {
      throw misuse("grpc.stream-client", "A stream needs a client.", {
        found: typeof client,
        hint: "Write it like new grpc.Stream(client, 'package.Service/Method').",
      });
    }
    this.#vu = vu;
    const method = client.method(url);
    const { definition } = method;
    const params = readCallParams(given);
    const { client: connection, address } = client.connection();
    const types = messageTypes(definition.root, definition as never);
    this.#request = types.request;
    this.#takesOne = definition.requestStream !== true;
    const kind = definition.requestStream
      ? definition.responseStream
        ? "bidi_stream"
        : "client_stream"
      : "server_stream";
    this.#samples = new GrpcSamples(vu, address, method, params, kind);
    const same = (buffer: Buffer): Buffer => buffer;
    // On the wire all kinds of stream are alike: any number of messages each way.
    this.#call = connection.makeBidiStreamRequest<Buffer, Buffer>(method.path, same, same, params.metadata, {
      // None unless it is asked for: a stream may go on for as long as it likes.
      ...(params.hasTimeout && params.timeoutMs > 0 ? { deadline: Date.now() + params.timeoutMs } : {}),
    });
    this.#samples.add(protocolMetrics.grpc_streams, 1);
    const forget = vu.onInterrupt(() => this.#call.cancel());
    const ended = pendingOf(vu).begin(() => {
      this.#closed = true;
      this.#call.cancel();
      ended();
    });
    this.#listen(types.response, () => {
      forget();
      ended();
    });
  }

  on(event: unknown, listener: unknown): void {
    const name = String(event);
    if (!eventNames.includes(name) || typeof listener !== "function") {
      throw misuse("grpc.stream-event", "stream.on() needs the name of an event and a function.", {
        found: `${name}, ${typeof listener}`,
        expected: eventNames.join(", "),
      });
    }
    const known = this.#listeners.get(name);
    if (known === undefined) this.#listeners.set(name, [listener as Listener]);
    else known.push(listener as Listener);
  }

  write(message: unknown): void {
    const bytes = messageBytes(this.#request, message);
    if (this.#closed || this.#call.writableEnded) return;
    this.#call.write(bytes);
    this.#samples.add(protocolMetrics.grpc_streams_msgs_sent, 1);
    this.#samples.sent(bytes.length);
    if (this.#takesOne) this.#call.end();
  }

  end(): void {
    this.#call.end();
  }

  #listen(response: Type, ended: () => void): void {
    const call = this.#call;
    call.on("metadata", (metadata: Metadata) => this.#emit("metadata", metadataObject(metadata)));
    call.on("data", (bytes: Buffer) => {
      if (this.#closed) return;
      this.#samples.add(protocolMetrics.grpc_streams_msgs_received, 1);
      this.#samples.received(bytes.length);
      this.#emit("data", messageObject(response, bytes), { ts: Date.now() });
    });
    // The status tells the same, once and for all outcomes; unheard, this event would be an exception.
    call.on("error", (_error: ServiceError) => {});
    call.on("status", (status: StatusObject) => {
      this.#samples.took(status.code);
      // The last messages are still on their way through the stream's buffer.
      setImmediate(() => {
        if (!this.#closed) {
          if (status.code !== 0) this.#emit("error", errorOf(status));
          this.#emit("end");
        }
        this.#closed = true;
        ended();
      });
    });
  }

  #emit(event: string, ...args: unknown[]): void {
    for (const listener of this.#listeners.get(event) ?? []) runCallback(this.#vu, listener, args);
  }
}
