import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { socketError } from "./errors.js";
import { type ForwardProxy, proxyFault } from "./proxy.js";
import { SocksWay } from "./socks.js";
import { Tunnel, type Way } from "./tunnel.js";
import type { ParsedUrl } from "./url.js";

/** A proxy that says nothing for so long is not waited for. */
const silenceMs = 60_000;

/** Asks a proxy for a way through to a server, in its own kind. */
export function wayThrough(proxy: ForwardProxy, target: ParsedUrl): Way {
  return proxy.isSocks ? new SocksWay(proxy, target) : new Tunnel(proxy, target);
}

/**
 * Opens a connection to a server through a proxy, for what is not a request: its bytes are the server's from the first on.
 *
 * @param then hears once
 */
export function connectThrough(
  proxy: ForwardProxy,
  target: ParsedUrl,
  then: (error: Error | null, socket?: Socket) => void,
): void {
  const { hostname: host, port, tls } = proxy.url;
  const servername = isIP(host) === 0 ? { servername: host } : {};
  const socket = tls ? connectTls({ host, port, ...servername }) : connectTcp({ host, port });
  const way = wayThrough(proxy, target);
  const settle = (error: Error | null): void => {
    socket.removeAllListeners();
    socket.setTimeout(0);
    if (error === null) {
      then(null, socket);
      return;
    }
    socket.on("error", () => {});
    socket.destroy();
    then(error);
  };
  socket.once(tls ? "secureConnect" : "connect", () => way.ask(socket));
  // Read and not listened to as "data": who takes the socket over begins with a stream that nobody has set flowing.
  socket.on("readable", () => {
    const bytes = socket.read() as Buffer | null;
    if (bytes === null) return;
    const refusal = way.feed(bytes, bytes.length);
    if (refusal !== undefined) settle(refusal === "" ? null : new Error(refusal));
  });
  socket.once("error", (cause: Error) => settle(new Error(proxyFault(proxy, socketError(cause, "connect")).message)));
  socket.setTimeout(silenceMs, () => settle(new Error(`the proxy ${proxy.shown} says nothing`)));
  socket.once("close", () => settle(new Error(way.cutOff)));
}
