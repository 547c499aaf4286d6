import { once } from "node:events";
import { createServer } from "node:net";

/**
 * A port on loopback that nothing listens on, outside the range from which the kernel takes ports of outgoing
 * connections: one from there would be somebody's connection before its listener is up.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    const server = createServer().listen(port, "127.0.0.1");
    try {
      await once(server, "listening");
    } catch {
      continue; // Taken.
    }
    server.close();
    await once(server, "close");
    return port;
  }
}
