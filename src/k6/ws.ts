import { suspending, type Vu } from "../model/vu.js";
import { asModule } from "./as-module.js";
import { misuse } from "./script-fail.js";
import { defineWsMetrics } from "./ws/metrics.js";
import { readWsParams } from "./ws/params.js";
import { type WsResponse, WsSession } from "./ws/session.js";

/** The module `k6/ws`: `connect` blocks until its socket is closed. */
export function wsModule(vu: Vu): object {
  defineWsMetrics(vu);
  const connect = suspending(async (url: unknown, ...rest: unknown[]): Promise<WsResponse> => {
    const setUp = rest.at(-1);
    if (typeof setUp !== "function") {
      throw misuse("ws.callback", "ws.connect() needs a function that gets the socket.", {
        found: typeof setUp,
        hint: 'Write it like ws.connect(url, {}, (socket) => { socket.on("message", …) }).',
      });
    }
    const params = readWsParams(vu, url, rest.length > 1 ? rest[0] : undefined);
    return new WsSession(vu, params, setUp as never).done;
  });
  return asModule({ connect });
}
