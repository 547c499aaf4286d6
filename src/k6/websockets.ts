import type { Vu } from "../model/vu.js";
import { asModule } from "./as-module.js";
import { Blob } from "./websockets/blob.js";
import { webSocketClass } from "./websockets/web-socket.js";
import { defineWsMetrics } from "./ws/metrics.js";

/** The module `k6/websockets`: sockets that do not block; an iteration lasts until they are closed. */
export function websocketsModule(vu: Vu): object {
  defineWsMetrics(vu);
  return asModule({ WebSocket: webSocketClass(vu), Blob });
}
