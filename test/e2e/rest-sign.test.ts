import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import type * as Choose from "../../src/harness/choose-engine.js";
import { monotonicClock } from "../../src/load/clock.js";
import { makeRestSign, restLeftMs } from "../../src/load/rest-sign.js";
import { bin, scripts } from "./loadline.js";

test("the engine's thread shows when it rests, by the clock of all threads", async () => {
  const built = join(dirname(bin), "../harness/choose-engine.js");
  const { chooseEngine }: typeof Choose = await import(pathToFileURL(built).href);
  const target = createServer((_, response) => response.end("ok"));
  await new Promise<void>((resolve) => target.listen(0, "127.0.0.1", resolve));
  const layers = { config: {}, env: {}, flags: {} };
  const chosen = await chooseEngine({ script: join(scripts, "get.js"), layers });
  const restSign = makeRestSign();
  const silent = () => {};
  const { port } = target.address() as AddressInfo;
  const env = { BASE_URL: `http://127.0.0.1:${port}`, RATE: "700", DURATION: "3s" };
  const engine = chosen.open(
    { script: chosen.script, env, layers, warmUpMs: undefined, restSign },
    { window: silent, samples: silent, log: silent, warning: silent, preparing: silent, phase: silent },
  );
  try {
    await engine.plan;
    expect(restSign[0]).toBe(0);
    const longestMs = { setup: 10_000, "warm-up": 10_000, load: 30_000, teardown: 10_000 };
    engine.start([], longestMs);
    await engine.ended;
    const nowMs = monotonicClock()();
    expect(restSign[0]).not.toBe(0);
    // A rest of this load, told by the clock of this thread.
    const endedMs = Array.from({ length: 30_000 }, (_, agoMs) => agoMs).find(
      (agoMs) => restLeftMs(restSign, nowMs - agoMs) !== undefined,
    );
    expect(endedMs).toBeGreaterThanOrEqual(0);
  } finally {
    await engine.close();
    target.closeAllConnections();
    target.close();
  }
}, 30_000);
