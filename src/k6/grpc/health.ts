import type { Root } from "protobufjs";
import { libraries } from "./libraries.js";

let root: Root | undefined;

/** The standard health service, grpc.health.v1, from the gRPC health checking protocol. */
export function healthRoot(): Root {
  const field = (type: string, id: number): object => ({ type, id });
  root ??= libraries().protobuf.Root.fromJSON({
    nested: {
      grpc: {
        nested: {
          health: {
            nested: {
              v1: {
                nested: {
                  HealthCheckRequest: { fields: { service: field("string", 1) } },
                  HealthCheckResponse: {
                    fields: { status: field("ServingStatus", 1) },
                    nested: {
                      ServingStatus: { values: { UNKNOWN: 0, SERVING: 1, NOT_SERVING: 2, SERVICE_UNKNOWN: 3 } },
                    },
                  },
                  Health: {
                    methods: { Check: { requestType: "HealthCheckRequest", responseType: "HealthCheckResponse" } },
                  },
                },
              },
            },
          },
        },
      },
    },
  } as never);
  root.resolveAll();
  return root;
}
