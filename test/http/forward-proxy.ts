import { createServer, request as forward, type IncomingMessage } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";

export interface ForwardedRequest {
  /** "GET http://shop.test/" or "CONNECT shop.test:443", as the proxy was asked. */
  readonly line: string;
  readonly headers: IncomingMessage["headers"];
}

export interface TestProxy {
  readonly port: number;
  readonly seen: ForwardedRequest[];
  close(): void;
}

/**
 * A small forward proxy on this machine, for which every host name is 127.0.0.1.
 *
 * @param credentials "user:password" that it asks for
 */
export async function startProxy(credentials?: string): Promise<TestProxy> {
  const seen: ForwardedRequest[] = [];
  const sockets = new Set<Socket>();
  const wanted = credentials === undefined ? undefined : `Basic ${Buffer.from(credentials).toString("base64")}`;
  const note = ({ method, url, headers }: IncomingMessage): boolean => {
    seen.push({ line: `${method} ${url}`, headers });
    return wanted === undefined || headers["proxy-authorization"] === wanted;
  };
  const server = createServer((request, response) => {
    if (!note(request)) {
      response.writeHead(407).end("who are you?");
      return;
    }
    const { "proxy-authorization": _ours, ...headers } = request.headers;
    const url = new URL(request.url ?? "");
    const onward = forward({ host: "127.0.0.1", port: url.port, path: url.pathname, method: request.method, headers });
    onward.on("response", (answer) => answer.pipe(response.writeHead(answer.statusCode!, answer.headers)));
    onward.on("error", () => response.writeHead(502).end());
    request.pipe(onward);
  });
  server.on("connect", (request: IncomingMessage, socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    if (!note(request)) {
      socket.end("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 12\r\n\r\nwho are you?");
      return;
    }
    const onward = connect(Number(request.url!.split(":").at(-1)), "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      socket.pipe(onward).pipe(socket);
    });
    onward.on("error", () => socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n"));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.closeAllConnections();
      server.close();
    },
  };
}
