import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { WebSocketServer } from "ws";
import type { z } from "zod";
import type { ProbeResult } from "../../src/model/probe.js";
import { askProbe, probeSchema } from "../../src/probe/kinds.js";
import { type ProbeSurroundings, runProbe } from "../../src/probe/run-probe.js";
import { Secrets } from "../../src/probe/secrets.js";

export type Declaration = z.input<typeof probeSchema>;

/** Runs one probe as the config would declare it. */
export function ask(declared: Declaration, given: Partial<ProbeSurroundings> = {}): Promise<ProbeResult> {
  return runProbe("probe", probeSchema.parse(declared), askProbe, {
    baseUrl: undefined,
    folder: tmpdir(),
    load: undefined,
    outputs: new Map(),
    env: {},
    secrets: new Secrets({}),
    signal: new AbortController().signal,
    ...given,
  });
}

const servers: Server[] = [];

/** A real server on a free port; {@link closeServers} ends it. */
export async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Takes WebSockets at a path of its own, and says nothing but the greeting. */
export async function serveSocket(greeting?: string): Promise<string> {
  const url = await serve((_request, response) => response.writeHead(404).end());
  const sockets = new WebSocketServer({ server: servers.at(-1)! });
  sockets.on("connection", (socket) => {
    if (greeting !== undefined) socket.send(greeting);
  });
  return url;
}

export async function closeServers(): Promise<void> {
  await Promise.all(
    servers.splice(0).map(async (server) => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    }),
  );
}

/** Waits until the claim holds, for at most the given time. */
export async function eventually(claim: () => boolean | Promise<boolean>, withinMs: number): Promise<void> {
  const untilMs = performance.now() + withinMs;
  while (!(await claim())) {
    if (performance.now() > untilMs) throw new Error(`not within ${withinMs} ms`);
    await new Promise((done) => setTimeout(done, 50));
  }
}
