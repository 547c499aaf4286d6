import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadline, manifestOf, runFolder, scratch, scripts } from "./loadline.js";

/** Of what was due: the claim. */
const tolerance = 0.01;
/** A machine that others use may hand us the CPU so late, and then all that waited comes at once. */
const lateMs = 30;

interface Asked {
  readonly atMs: number;
  readonly vu: string;
}

const asked = new Map<string, Asked[]>();
const folder = scratch();
let averageMs = 0;

beforeAll(async () => {
  const server = createServer((request, response) => {
    const [, scenario = "", vu = ""] = (request.url ?? "").split("/");
    const list = asked.get(scenario) ?? [];
    asked.set(scenario, list);
    list.push({ atMs: performance.now(), vu });
    response.end("ok");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const words = ["run", join(scripts, "executors.js"), "-e", `BASE_URL=${url}`, "-q", "--no-history"];
  const { code, stderr } = await loadline(words, folder.dir);
  server.close();
  expect(code, stderr).toBe(0);
  const { metrics } = manifestOf(runFolder(folder.dir, "executors")).summary!;
  averageMs = metrics["iteration_duration{scenario:constant-vus}"]!.values.avg!;
}, 40_000);
afterAll(() => folder.remove());

const of = (scenario: string): Asked[] => asked.get(scenario) ?? [];
const near = (expected: number) => Math.max(1, tolerance * expected);

/** When arrival n, from 0, is due, in milliseconds; the inverse of what k6's documentation says of the rate. */
const dueTimes: Readonly<Record<string, { readonly count: number; dueAt(n: number): number }>> = {
  "constant-arrival-rate": { count: 500, dueAt: (n) => n * 10 },
  "ramping-arrival-rate": {
    // 20/s to 120/s in 3 s: 210; a second of 120; 120/s to 0 in a second: 60.
    count: 390,
    dueAt(n) {
      const k = n + 1;
      if (k <= 210) return (1000 * (-20 + Math.sqrt(400 + 4 * (100 / 6) * k))) / (2 * (100 / 6));
      if (k <= 330) return 3000 + (1000 * (k - 210)) / 120;
      return 4000 + 1000 * (1 - Math.sqrt(Math.max(0, 1 - (k - 330) / 60)));
    },
  },
};

describe.each(Object.entries(dueTimes))("%s", (scenario, { count, dueAt }) => {
  test("makes as many iterations as the curve says", () => {
    expect(Math.abs(of(scenario).length - count)).toBeLessThanOrEqual(near(count));
  });

  test("has made as many at each half second as the curve says", () => {
    const stamps = of(scenario).map(({ atMs }) => atMs);
    // The schedule that makes nobody early.
    const startMs = Math.min(...stamps.map((atMs, n) => atMs - dueAt(n)));
    const due = Array.from({ length: count }, (_, n) => dueAt(n));
    for (let halfMs = 500; halfMs <= 5000; halfMs += 500) {
      const arrived = stamps.filter((atMs) => atMs - startMs < halfMs).length;
      const most = due.filter((ms) => ms < halfMs).length;
      const least = due.filter((ms) => ms < halfMs - lateMs).length;
      expect(arrived, `after ${halfMs} ms`).toBeLessThanOrEqual(most + near(most));
      expect(arrived, `after ${halfMs} ms`).toBeGreaterThanOrEqual(least - near(most));
    }
  });
});

test("constant-vus: each of its VUs loops for as long as it may", () => {
  const vus = new Set(of("constant-vus").map(({ vu }) => vu));
  expect(vus.size).toBe(4);
  // The last iteration of each begins before the end.
  const expected = 4 * Math.ceil(5000 / averageMs);
  expect(Math.abs(of("constant-vus").length - expected)).toBeLessThanOrEqual(Math.max(4, tolerance * expected));
});

test("ramping-vus: as many VUs at work at any time as the line says", () => {
  const requests = of("ramping-vus");
  const line = (ms: number): number => (ms < 2000 ? ms / 200 : ms < 3000 ? 10 : (5000 - ms) / 200);
  // The other scenarios began with it, and the first arrival of a constant rate is due at once.
  const startMs = of("constant-arrival-rate")[0]!.atMs;
  // Of three rests: whoever is at work asks within it.
  const spanMs = 150;
  for (let ms = 200; ms < 4800; ms += 100) {
    const working = new Set(
      requests.filter(({ atMs }) => atMs >= startMs + ms && atMs < startMs + ms + spanMs).map(({ vu }) => vu),
    ).size;
    const [least, most] = [line(ms), line(ms + spanMs)].sort((a, b) => a - b) as [number, number];
    expect(working, `at ${ms} ms`).toBeGreaterThanOrEqual(Math.floor(least) - 1);
    expect(working, `at ${ms} ms`).toBeLessThanOrEqual(Math.ceil(most) + 1);
  }
  expect(new Set(requests.map(({ vu }) => vu)).size).toBe(10);
});

test("per-vu-iterations: each VU makes its number", () => {
  const counts = new Map<string, number>();
  for (const { vu } of of("per-vu-iterations")) counts.set(vu, (counts.get(vu) ?? 0) + 1);
  expect([...counts.values()]).toEqual([9, 9, 9, 9, 9]);
});

test("shared-iterations: all of the work, once, by all VUs", () => {
  expect(of("shared-iterations")).toHaveLength(50);
  expect(new Set(of("shared-iterations").map(({ vu }) => vu)).size).toBe(6);
});
