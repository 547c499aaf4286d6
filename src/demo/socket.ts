import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";

const tickMs = 1000;

/** `/ws`: every message comes back as it was; once a second each client gets a tick with its number. */
export function startSocket(delayed: (call: () => void) => void): {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  close(): void;
} {
  const server = new WebSocketServer({ noServer: true, maxPayload: 1024 * 1024 });
  let ticks = 0;
  const timer = setInterval(() => {
    ticks += 1;
    const message = JSON.stringify({ event: "tick", number: ticks, at: new Date().toISOString() });
    for (const client of server.clients) client.send(message);
  }, tickMs).unref();

  server.on("connection", (client) => {
    client.on("message", (message, isBinary) => {
      delayed(() => client.send(message, { binary: isBinary }));
    });
    // ws closes the connection itself; without a listener its error would end the process.
    client.on("error", () => {});
  });

  return {
    upgrade(request, socket, head) {
      if (request.url?.split("?")[0] === "/ws") {
        server.handleUpgrade(request, socket, head, (client) => server.emit("connection", client, request));
      } else {
        socket.on("error", () => {});
        socket.end("HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
      }
    },
    close() {
      clearInterval(timer);
      for (const client of server.clients) client.close(1001, "closing");
      server.close();
    },
  };
}
