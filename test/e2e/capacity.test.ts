import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { CapacityResult } from "../../src/model/capacity.js";
import { loadline, scratch, start } from "./loadline.js";

const here = scratch();
afterAll(() => here.remove());

/** Serves one request after the other, each for the given time: it holds 1000 / ms a second and no more. */
async function turnstile(ms: number) {
  let freeAt = 0;
  const server = createServer((_, response) => {
    freeAt = Math.max(freeAt, performance.now()) + ms;
    setTimeout(() => response.end("ok"), freeAt - performance.now());
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

test("finds what a target holds, from below and from above, and writes curve, chart and page", async () => {
  // 5 ms each: 200 a second.
  const target = await turnstile(5);
  try {
    const words = ["--step", "2s", "--warm-up", "0s", "--saturate", "1s", "--connections", "5", "--precision", "0.25"];
    const limits = ["--threshold", "http_req_response_time p(95)<300", "--max-steps", "8", "--json"];
    const { code, stdout, stderr } = await loadline(["capacity", target.url, ...words, ...limits], here.dir);
    expect(code, stderr).toBe(0);
    const result = JSON.parse(stdout) as CapacityResult & { folder: string };
    expect(result.schema).toBe("loadline.capacity/1");
    // A machine that is busy with others holds less; more than the target gives is a wrong figure anywhere.
    expect(result.capacity).toBeGreaterThan(15);
    expect(result.capacity).toBeLessThan(220);
    expect(result.saturation!.requestsPerSecond).toBeLessThan(220);
    expect(result.thresholds).toEqual(["http_req_response_time p(95)<300"]);
    const folder = join(here.dir, result.folder);
    const { folder: _, ...stored } = result;
    expect(JSON.parse(readFileSync(join(folder, "capacity.json"), "utf8"))).toEqual(stored);
    expect(
      readFileSync(join(folder, "charts", "capacity.png"))
        .subarray(1, 4)
        .toString(),
    ).toBe("PNG");
    const page = readFileSync(join(folder, "capacity.html"), "utf8");
    expect(page).toContain(`${result.capacity}/s holds`);
    expect(page).not.toContain("<script");
    for (const { run } of result.steps) expect(existsSync(join(folder, run, "run.json"))).toBe(true);
    // Its steps are no runs of the scenario's: nothing may be compared with them by accident.
    expect(readdirSync(join(folder, "..")).some((name) => existsSync(join(folder, "..", name, "run.json")))).toBe(
      false,
    );
  } finally {
    target.stop();
  }
}, 90_000);

test("stopped, it keeps what it has found, exits as stopped, and says so", async () => {
  const target = await turnstile(0.5);
  try {
    const running = start(["capacity", target.url, "--step", "1s", "--warm-up", "0s", "--saturate", "1s"], here.dir);
    await running.says("step 2:");
    running.child.kill("SIGINT");
    const { code, stdout } = await running.outcome;
    expect(code).toBe(105);
    expect(stdout).toContain("The search was stopped");
  } finally {
    target.stop();
  }
}, 60_000);

test("a target elsewhere is not touched without the user's word", async () => {
  const { code, stderr } = await loadline(["capacity", "http://192.0.2.1/"], here.dir);
  expect(code).toBe(2);
  expect(stderr).toContain("--allow-remote");
});
