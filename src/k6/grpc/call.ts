import type { Metadata, StatusObject } from "@grpc/grpc-js";
import { builtInMetrics, type Metric, protocolMetrics } from "../../model/metric.js";
import { parseDuration } from "../../model/units.js";
import type { Vu } from "../../model/vu.js";
import { bytesOf } from "../bytes.js";
import { misuse } from "../script-fail.js";
import { TagSets } from "../tag-sets.js";
import type { GrpcMethod } from "./definitions.js";
import { libraries } from "./libraries.js";

/** What every call of a script may say, checked. */
export interface CallParams {
  readonly metadata: Metadata;
  readonly tags: Readonly<Record<string, string>>;
  /** Whether the script gave one. */
  readonly hasTimeout: boolean;
  readonly timeoutMs: number;
  readonly discardMessage: boolean;
}

/** What went wrong, as scripts see it. */
export interface GrpcError {
  readonly code: number;
  readonly message: string;
  readonly details: readonly unknown[];
}

/** @throws {Problem} `grpc.params-invalid`, `duration.invalid` */
export function readCallParams(given: unknown): CallParams {
  const params = objectOf(given, "params");
  const tags = Object.entries(objectOf(params.tags, "params.tags")).map(([name, value]) => [name, String(value)]);
  return {
    metadata: metadataOf(params.metadata, "params.metadata"),
    tags: Object.fromEntries(tags),
    hasTimeout: params.timeout !== undefined,
    timeoutMs: params.timeout === undefined ? 120_000 : parseDuration(params.timeout as string, "params.timeout"),
    discardMessage: params.discardResponseMessage === true,
  };
}

/** Names ending in "-bin" take bytes. */
export function metadataOf(given: unknown, at: string): Metadata {
  const metadata = new (libraries().grpc.Metadata)();
  for (const [name, values] of Object.entries(objectOf(given, at))) {
    for (const value of Array.isArray(values) ? values : [values]) {
      try {
        metadata.add(name, name.toLowerCase().endsWith("-bin") ? bytesOf(value, at) : String(value));
      } catch {
        // The value may be a secret: it is not shown.
        throw misuse("grpc.params-invalid", "Metadata cannot be sent: it holds characters that HTTP forbids.", {
          at,
          found: name,
        });
      }
    }
  }
  return metadata;
}

/** Metadata as k6 gives it: a list of values by name. */
export function metadataObject(metadata: Metadata | undefined): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const name of Object.keys(metadata?.getMap() ?? {})) {
    found[name] = metadata!.get(name).map((value) => (typeof value === "string" ? value : value.toString("base64")));
  }
  return found;
}

export function errorOf(status: Pick<StatusObject, "code" | "details">): GrpcError {
  return { code: status.code, message: status.details, details: [] };
}

/** The samples of one call or stream. */
export class GrpcSamples {
  private readonly startMs: number;
  private readonly tagSets: TagSets;
  private readonly tags: Record<string, string>;

  constructor(
    private readonly vu: Vu,
    address: string,
    method: GrpcMethod,
    params: CallParams,
    kind: string,
  ) {
    this.startMs = vu.now();
    this.tagSets = new TagSets(vu);
    const url = `${address}${method.path}`;
    const system = { url, name: method.path, service: method.service, method: method.name, rpc_type: kind };
    const { systemTags } = vu.options;
    this.tags = {
      ...Object.fromEntries(Object.entries(system).filter(([name]) => systemTags.includes(name))),
      ...params.tags,
    };
  }

  add(metric: Metric, value: number, status?: number): void {
    const withStatus = status !== undefined && this.vu.options.systemTags.includes("status");
    const tags = withStatus ? { ...this.tags, status: String(status) } : this.tags;
    this.vu.sink.add(metric, value, this.tagSets.withOwn(tags));
  }

  /** The call is over. */
  took(status: number): void {
    this.add(protocolMetrics.grpc_req_duration, this.vu.now() - this.startMs, status);
  }

  /** A message with gRPC's own five bytes; headers are not counted. */
  sent(bytes: number): void {
    this.add(builtInMetrics.data_sent, bytes + 5);
  }

  received(bytes: number): void {
    this.add(builtInMetrics.data_received, bytes + 5);
  }
}

export function objectOf(given: unknown, at: string): Readonly<Record<string, unknown>> {
  if (given === undefined || given === null) return {};
  if (typeof given === "object" && !Array.isArray(given)) return given as Record<string, unknown>;
  throw misuse("grpc.params-invalid", `${at} is not what a gRPC call takes.`, {
    at,
    found: typeof given,
    expected: "an object",
  });
}
