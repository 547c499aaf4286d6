import { type AddressInfo, createServer as createRawServer, type Server, type Socket } from "node:net";
import { HttpClient } from "../../src/http/client.js";
import type { Exchange, HttpRequest } from "../../src/http/exchange.js";
import type { HttpSettings } from "../../src/http/settings.js";
import { parseUrl } from "../../src/http/url.js";

/** A raw TCP server that a test scripts byte by byte. */
export interface RawServer {
  readonly url: string;
  readonly port: number;
  /** Sockets accepted so far. */
  readonly sockets: Socket[];
  close(): Promise<void>;
}

/** Calls `answer` with each socket and the text of each read, and how many reads it had before. */
export async function rawServer(
  answer: (socket: Socket, text: string, read: number) => void,
  onConnect: (socket: Socket) => void = () => {},
): Promise<RawServer> {
  const sockets: Socket[] = [];
  const server: Server = createRawServer((socket) => {
    sockets.push(socket);
    let reads = 0;
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      answer(socket, bytes.toString("latin1"), reads);
      reads += 1;
    });
    onConnect(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    sockets,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

export function makeClient(settings: Partial<HttpSettings> = {}): HttpClient {
  return new HttpClient({
    now: () => performance.now(),
    hosts: {},
    insecureSkipTlsVerify: false,
    keepAlive: true,
    ...settings,
  });
}

export function get(client: HttpClient, url: string, request: Partial<HttpRequest> = {}): Promise<Exchange> {
  return client.request({ ...requestOf(url), ...request });
}

/** A plain GET. */
export function requestOf(url: string): HttpRequest {
  return {
    method: "GET",
    url: parseUrl(url)!,
    headerLines: "",
    body: null,
    timeoutMs: 5000,
    discardBody: false,
  };
}
