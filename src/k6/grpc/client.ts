import type { Client as GrpcChannelClient, Metadata, ServiceError, StatusObject } from "@grpc/grpc-js";
import type { Root } from "protobufjs";
import { suspending, type Vu } from "../../model/vu.js";
import { pendingOf } from "../pending.js";
import { misuse } from "../script-fail.js";
import { errorOf, type GrpcError, GrpcSamples, metadataObject, metadataOf, objectOf, readCallParams } from "./call.js";
import { openConnection } from "./connection.js";
import { findMethod, type GrpcMethod, loadProtos, loadProtoset } from "./definitions.js";
import { healthRoot } from "./health.js";
import { messageBytes, messageObject, messageTypes } from "./json.js";
import { reflect } from "./reflection.js";

/** What a call gives to the script. */
export interface GrpcResponse {
  readonly status: number;
  /** Null where the call failed. */
  readonly message: unknown;
  readonly headers: Record<string, string[]>;
  readonly trailers: Record<string, string[]>;
  readonly error: GrpcError | null;
}

/** The class `Client` of one VU: definitions from the init phase, one connection at a time. */
export class Client {
  readonly #vu: Vu;
  readonly #roots: Root[] = [];
  #connection: { readonly client: GrpcChannelClient; readonly address: string } | undefined;

  constructor(vu: Vu) {
    this.#vu = vu;
    vu.onRetire(() => this.close());
  }

  load(importPaths: unknown, ...files: unknown[]): void {
    const paths = importPaths === undefined || importPaths === null ? [] : [importPaths].flat().map(String);
    this.#roots.push(loadProtos(this.#vu, paths, files.map(String)));
  }

  loadProtoset(path: unknown): void {
    this.#roots.push(loadProtoset(this.#vu, String(path)));
  }

  async connect(address: unknown, params?: unknown): Promise<boolean> {
    this.#refuseInInit("connect");
    this.close();
    const client = await openConnection(this.#vu, String(address), params);
    this.#connection = { client, address: String(address) };
    const { reflect: wanted, reflectMetadata } = objectOf(params, "params");
    if (wanted === true) this.#roots.push(await reflect(client, metadataOf(reflectMetadata, "params.reflectMetadata")));
    return true;
  }

  invoke(url: unknown, request: unknown, params?: unknown): Promise<GrpcResponse> {
    return this.#call(findMethod(this.#roots, url), request, params);
  }

  asyncInvoke(url: unknown, request: unknown, params?: unknown): Promise<GrpcResponse> {
    // The iteration lasts until the answer is there, whether the script awaits it or not.
    const ended = pendingOf(this.#vu).begin();
    const call = (async () => this.invoke(url, request, params))();
    return call.finally(ended);
  }

  /** Asks the server's standard health service; its answer is in `message.status`. */
  async healthCheck(service: unknown = ""): Promise<GrpcResponse & { readonly Status: unknown }> {
    const method = findMethod([healthRoot()], "grpc.health.v1.Health/Check");
    const response = await this.#call(method, { service: String(service) }, undefined);
    return { ...response, Status: (response.message as { status?: unknown } | null)?.status };
  }

  close(): void {
    this.#connection?.client.close();
    this.#connection = undefined;
  }

  /** @internal For streams. */
  method(url: unknown): GrpcMethod {
    return findMethod(this.#roots, url);
  }

  /** @internal @throws {Problem} `grpc.not-connected` */
  connection(): { readonly client: GrpcChannelClient; readonly address: string } {
    if (this.#connection !== undefined) return this.#connection;
    throw misuse("grpc.not-connected", "The gRPC client has no connection.", {
      hint: "Call client.connect() before, in the default function.",
    });
  }

  async #call(method: GrpcMethod, request: unknown, given: unknown): Promise<GrpcResponse> {
    this.#refuseInInit("invoke");
    const { definition } = method;
    if (definition.requestStream || definition.responseStream) {
      throw misuse("grpc.streaming-method", `${method.path} is a stream.`, {
        hint: "Open it with new grpc.Stream(client, method).",
      });
    }
    const { client, address } = this.connection();
    const params = readCallParams(given);
    const types = messageTypes(definition.root, definition as never);
    const bytes = messageBytes(types.request, request);
    const samples = new GrpcSamples(this.#vu, address, method, params, "unary");
    samples.sent(bytes.length);
    const outcome = await unary(this.#vu, client, method.path, bytes, params.metadata, params.timeoutMs);
    samples.took(outcome.status.code);
    if (outcome.bytes !== undefined) samples.received(outcome.bytes.length);
    const { status, headers } = outcome;
    const succeeded = status.code === 0 && outcome.bytes !== undefined;
    return {
      status: status.code,
      message: succeeded ? (params.discardMessage ? null : messageObject(types.response, outcome.bytes)) : null,
      headers: metadataObject(headers),
      trailers: metadataObject(status.metadata),
      error: status.code === 0 ? null : errorOf(status),
    };
  }

  #refuseInInit(what: string): void {
    if (this.#vu.phase !== "init") return;
    throw misuse(`grpc.${what}-in-init`, `client.${what}() cannot be called while the script is being loaded.`, {
      hint: "Move the call into the default function, setup or teardown.",
    });
  }
}
for (const name of ["connect", "invoke", "healthCheck"] as const) suspending(Client.prototype[name]);

interface UnaryOutcome {
  readonly bytes: Buffer | undefined;
  readonly headers: Metadata | undefined;
  readonly status: StatusObject;
}

/** One call; whatever becomes of it is an outcome, never an exception. */
function unary(
  vu: Vu,
  client: GrpcChannelClient,
  path: string,
  bytes: Buffer,
  metadata: Metadata,
  timeoutMs: number,
): Promise<UnaryOutcome> {
  const same = (buffer: Buffer): Buffer => buffer;
  return new Promise((resolve) => {
    let headers: Metadata | undefined;
    let answer: Buffer | undefined;
    const deadline = Date.now() + timeoutMs;
    const call = client.makeUnaryRequest(
      path,
      same,
      same,
      bytes,
      metadata,
      { deadline },
      (_error: ServiceError | null, value?: Buffer) => {
        answer = value;
      },
    );
    const forget = vu.onInterrupt(() => call.cancel());
    call.on("metadata", (received: Metadata) => {
      headers = received;
    });
    call.on("status", (status: StatusObject) => {
      forget();
      // The status event comes before the callback has its message.
      setImmediate(() => resolve({ bytes: answer, headers, status }));
    });
  });
}
