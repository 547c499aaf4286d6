import { protocolMetrics } from "../model/metric.js";
import type { Vu } from "../model/vu.js";
import { asModule } from "./as-module.js";
import { Client } from "./grpc/client.js";
import { Stream } from "./grpc/stream.js";

const metrics = ["grpc_req_duration", "grpc_streams", "grpc_streams_msgs_sent", "grpc_streams_msgs_received"] as const;

/** gRPC's status codes, under k6's names. */
const statuses = [
  "OK",
  "Canceled",
  "Unknown",
  "InvalidArgument",
  "DeadlineExceeded",
  "NotFound",
  "AlreadyExists",
  "PermissionDenied",
  "ResourceExhausted",
  "FailedPrecondition",
  "Aborted",
  "OutOfRange",
  "Unimplemented",
  "Internal",
  "Unavailable",
  "DataLoss",
  "Unauthenticated",
];

/** The module `k6/net/grpc`: clients that block as in k6, and streams that do not. */
export function grpcModule(vu: Vu): object {
  for (const name of metrics) vu.sink.define(name, protocolMetrics[name].type, protocolMetrics[name].contains);
  return asModule({
    Client: class extends Client {
      constructor() {
        super(vu);
      }
    },
    Stream: class extends Stream {
      constructor(client: unknown, url: unknown, params?: unknown) {
        super(vu, client, url, params);
      }
    },
    ...Object.fromEntries(statuses.map((name, code) => [`Status${name}`, code])),
    HealthCheckServing: "SERVING",
    HealthCheckNotServing: "NOT_SERVING",
    HealthCheckUnknown: "UNKNOWN",
    // k6's spelling.
    HealthCheckServiceUnkown: "SERVICE_UNKNOWN",
  });
}
