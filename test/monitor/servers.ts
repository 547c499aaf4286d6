import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";

/** A server of the test's own on a port of loopback, or on a Unix socket. */
export async function serve(
  listener: RequestListener,
  socket?: string,
): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer(listener);
  await new Promise<void>((ready) =>
    socket === undefined ? server.listen(0, "127.0.0.1", ready) : server.listen(socket, ready),
  );
  const url = socket === undefined ? `http://127.0.0.1:${(server.address() as AddressInfo).port}` : `unix://${socket}`;
  return {
    url,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
