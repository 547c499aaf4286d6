import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { Problem } from "../model/problem.js";
import { startAlarm } from "./alarm.js";
import { apiRoutes } from "./api.js";
import { withBroken } from "./break.js";
import { type MadeCertificate, makeCertificate } from "./certificate.js";
import { healthRoutes } from "./health.js";
import { ItemStore } from "./items.js";
import { seededRandom } from "./latency.js";
import { startLeak } from "./leak.js";
import { RateLimit } from "./limit.js";
import { startLog } from "./log.js";
import { startMetrics } from "./metrics.js";
import { type DemoOptions, type DemoTls, demoDefaults } from "./options.js";
import { makeService } from "./service.js";
import { startSocket } from "./socket.js";
import { doneAt } from "./stall.js";
import { Tokens } from "./tokens.js";

export interface DemoTarget {
  /** Without a slash at its end. */
  readonly url: string;
  readonly port: number;
  /** Answers what is under way, then closes every connection; takes at most about half a second. */
  close(): Promise<void>;
}

const closeGraceMs = 400;

/**
 * Starts the built-in target in this process.
 *
 * @param given what differs from {@link demoDefaults}
 * @throws {Problem} `demo.cannot-listen`, `demo.cert-not-written`
 */
export async function startDemoTarget(given: Partial<DemoOptions> = {}): Promise<DemoTarget> {
  const options: DemoOptions = { ...demoDefaults, ...given };
  const certificate = options.tls === undefined ? undefined : certificateFor(options.tls);
  const alarm = startAlarm();
  const metrics = startMetrics();
  const log = startLog(options.log, { isWithoutIds: options.broken.has("logs") });
  const leak = startLeak({ mbPerHour: options.leakMbPerHour, descriptorsPerHour: options.leakDescriptorsPerHour });
  const state = { closing: false };
  const { broken } = options;
  const items = new ItemStore(seededRandom(options.seed), {
    isCaching: !broken.has("cache"),
    priceShift: broken.has("data") ? Date.now() : 0,
  });
  const tokens = new Tokens({ voidsOld: !broken.has("tokens") });
  const api = apiRoutes({ items, tokens, metrics, latencyScale: options.latencyScale, seed: options.seed });
  const routes = withBroken({ ...api, ...healthRoutes(metrics, state) }, broken);
  const limit = options.rateLimit === undefined ? undefined : new RateLimit(options.rateLimit);
  const startMs = alarm.now();
  const socket = startSocket((call) => alarm.at(startMs + doneAt(alarm.now() - startMs, 0, options.stall), call));

  const settings = { noDelay: true, keepAlive: true, keepAliveTimeout: 75_000, requestTimeout: 60_000 };
  const server =
    certificate === undefined ? createHttpServer(settings) : createHttpsServer({ ...settings, ...certificate });
  server.on("request", makeService({ options, routes, alarm, metrics, log, limit }));
  server.on("upgrade", (request, duplex, head) => {
    if (!broken.has("websocket")) return socket.upgrade(request, duplex, head);
    duplex.on("error", () => {});
    duplex.end("HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
  });

  const release = async () => {
    socket.close();
    leak.stop();
    await alarm.close();
    log.close();
    metrics.close();
  };
  try {
    server.listen({ port: options.port, host: options.host, backlog: 2048 });
    await once(server, "listening");
  } catch (error) {
    await release();
    throw new Problem("demo.cannot-listen", `The target cannot listen on ${options.host}:${options.port}.`, {
      at: "--port",
      found: error instanceof Error ? error.message : error,
      hint: "Give another port, or --port 0 for a free one.",
      cause: error,
    });
  }

  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(":") ? `[${options.host}]` : options.host;
  return {
    url: `${certificate === undefined ? "http" : "https"}://${host}:${port}`,
    port,
    async close() {
      if (state.closing) return;
      state.closing = true;
      const closed = once(server, "close");
      server.close();
      socket.close();
      const cut = setTimeout(() => server.closeAllConnections(), closeGraceMs);
      await Promise.race([closed, new Promise((done) => setTimeout(done, closeGraceMs / 2))]);
      await release();
      // The certificate has died with its key.
      if (options.tls?.certFile !== undefined) rmSync(options.tls.certFile, { force: true });
      server.closeIdleConnections();
      await closed;
      clearTimeout(cut);
    },
  };
}

function certificateFor({ days, certFile }: DemoTls): MadeCertificate {
  const made = makeCertificate(days);
  if (certFile === undefined) return made;
  try {
    writeFileSync(certFile, made.cert);
  } catch (cause) {
    throw new Problem("demo.cert-not-written", "The certificate cannot be written.", {
      at: "--tls-cert-file",
      found: (cause as NodeJS.ErrnoException).code,
      hint: "Name a file in a folder that exists and that you may write to.",
      cause,
    });
  }
  return made;
}
