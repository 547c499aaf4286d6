import { suspending, type Vu } from "../model/vu.js";
import { asModule } from "./as-module.js";
import { misuse } from "./script-fail.js";
import { defineWsMetrics, WsSamples } from "./ws/metrics.js";
import { notWsUrl, readTags, readWsParams, refuseInInit, wsUrl } from "./ws/params.js";
import { notConnected, type WsResponse, WsSession } from "./ws/session.js";

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
    refuseInInit(vu);
    const address = String(url);
    const given = rest.length > 1 ? rest[0] : undefined;
    const target = wsUrl(address);
    if (target === undefined) return unusable(vu, address, given);
    // A fragment stays in the tags, and is not sent.
    target.hash = "";
    return new WsSession(vu, readWsParams(vu, { module: "ws", url: target, address }, given), setUp as never).done;
  });
  return asModule({ connect });
}

/** As in k6, an address that no WebSocket can have counts as a session, and is an answer unless `throw` is set. */
function unusable(vu: Vu, address: string, given: unknown): WsResponse {
  new WsSamples(vu, { module: "ws", address, tags: readTags(given) }).refused(0);
  const problem = notWsUrl(address);
  if (vu.options.throw) throw problem;
  vu.sink.warn("ws.failed", `A WebSocket failed: ${problem.message}`);
  return { ...notConnected, error: problem.message };
}
