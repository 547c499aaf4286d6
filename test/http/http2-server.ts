import {
  createSecureServer,
  type SecureServerOptions,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import { makeCertificate } from "../../src/demo/certificate.js";

export interface Http2TestServer {
  readonly url: string;
  readonly port: number;
  readonly ca: string;
  /** Every connection so far. */
  readonly sessions: ServerHttp2Session[];
  close(): void;
}

type Answer = (stream: ServerHttp2Stream, headers: Record<string, string>) => void;

const made = makeCertificate(1);

/** An HTTPS server that offers HTTP/2, with a certificate of its own; a test answers each stream. */
export async function http2Server(answer: Answer, options: SecureServerOptions = {}): Promise<Http2TestServer> {
  const sessions: ServerHttp2Session[] = [];
  const server = createSecureServer({ ...made, ...options });
  server.on("session", (session) => {
    sessions.push(session);
    session.on("error", () => {});
  });
  server.on("sessionError", () => {});
  server.on("stream", (stream, headers) => {
    stream.on("error", () => {});
    answer(stream, headers as Record<string, string>);
  });
  server.on("request", (request, response) => {
    if (request.httpVersionMajor === 1) response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://127.0.0.1:${port}`,
    port,
    ca: made.cert,
    sessions,
    close: () => {
      for (const session of sessions) session.destroy();
      server.close();
    },
  };
}

/** A TLS server that agrees to HTTP/2 and then speaks whatever the test writes. */
export async function rawHttp2Server(onSocket: (socket: TLSSocket, reset: () => void) => void) {
  const sockets: TLSSocket[] = [];
  let below: Socket | undefined;
  const server = createTlsServer({ ...made, ALPNProtocols: ["h2"] }, (socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    onSocket(socket, () => below?.resetAndDestroy());
  });
  server.on("connection", (socket) => {
    below = socket;
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
