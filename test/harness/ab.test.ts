import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type AbRequest, judgeSessions, runAb, shuffledBlocks } from "../../src/harness/ab.js";
import type { RunRecord } from "../../src/model/run.js";
import { Histogram } from "../../src/stats/histogram.js";
import { seededRandom } from "../../src/stats/random.js";
import { recordOf } from "../baseline/records.js";

const request: AbRequest = {
  run: {
    script: "none.ts",
    env: {},
    layers: { config: {}, env: {}, flags: {} },
    labels: {},
    reportsDir: "reports",
    pids: [],
    commands: [],
    argv: [],
    noThresholds: false,
  },
  a: { url: "http://127.0.0.1:1" },
  b: { url: "http://127.0.0.1:2" },
  sessions: 4,
  blocks: 1,
  seed: 1,
  today: "2026-06-01",
};

function latencies(scale: number): Histogram {
  const random = seededRandom(4);
  const histogram = new Histogram();
  for (let i = 0; i < 20_000; i += 1) histogram.record(8000 * scale * Math.exp(0.3 * random.normal()));
  return histogram;
}

const folder = mkdtempSync(join(tmpdir(), "ab-"));

function record(id: string, scale: number): RunRecord {
  const made = recordOf(folder, id);
  return { ...made, totals: new Map([["http_req_response_time", latencies(scale).toData()]]) };
}

function sessionsOf(ratio: number) {
  const moods = [0.9, 1, 1.15, 1.3];
  return moods.map((mood, i) => ({
    order: ["a", "b"] as const,
    a: [record(`a${i}`, mood * (1 + 0.002 * i))],
    b: [record(`b${i}`, mood * ratio)],
  }));
}

const latencyWords = ({ comparison }: ReturnType<typeof judgeSessions>) =>
  comparison.rows.filter((row) => row.gating && row.unit === "ms").map((row) => row.verdict);

test("an order has as many blocks of either side, and is the same for the same seed", () => {
  const order = shuffledBlocks(seededRandom(3), 4);
  expect(order.filter((side) => side === "a")).toHaveLength(4);
  expect(order).toHaveLength(8);
  expect(shuffledBlocks(seededRandom(3), 4)).toEqual(order);
  const firsts = Array.from({ length: 200 }, (_, seed) => shuffledBlocks(seededRandom(seed), 1)[0]);
  expect(firsts.filter((side) => side === "a").length).toBeGreaterThan(70);
  expect(firsts.filter((side) => side === "b").length).toBeGreaterThan(70);
});

describe("bounds", () => {
  const temporary = { maxRatio: 4, until: "2026-06-01" };

  test("through its last day the temporary bound decides, and the other is told", () => {
    const result = judgeSessions({ ...request, bounds: { maxRatio: 2, temporary } }, sessionsOf(2.5));
    expect(latencyWords(result)).toEqual(["pass", "pass", "pass"]);
    expect(result.bounds).toMatchObject({ inForce: 4, withoutTemporary: "regressed" });
    expect(result.comparison.warnings.join(" ")).toContain("in force until 2026-06-01");
  });

  test("on the day after it the other one decides", () => {
    const result = judgeSessions(
      { ...request, today: "2026-06-02", bounds: { maxRatio: 2, temporary } },
      sessionsOf(2.5),
    );
    expect(latencyWords(result)).toEqual(["regressed", "regressed", "regressed"]);
    expect(result.bounds!.inForce).toBe(2);
    expect(result.comparison.warnings.join(" ")).toContain("ended on 2026-06-01");
  });
});

test("blocks of a session are judged together", () => {
  const sessions = sessionsOf(1).map((session, i) => ({
    ...session,
    a: [...session.a, record(`a2${i}`, 1)],
    b: [...session.b, record(`b2${i}`, 1)],
  }));
  const { comparison, sessions: told } = judgeSessions({ ...request, blocks: 2 }, sessions);
  expect(comparison.baseline!.runs).toEqual(["a0", "a1", "a2", "a3"]);
  expect(told[0]!.a).toEqual(["a0", "a20"]);
  const single = judgeSessions(request, sessionsOf(1)).comparison.rows.find((row) => row.statistic === "p(50)")!;
  const merged = comparison.rows.find((row) => row.statistic === "p(50)")!;
  expect(merged.baseline).not.toBe(single.baseline);
});

test("a session that was cut short does not count", () => {
  const sessions = sessionsOf(1);
  const { comparison } = judgeSessions(request, [...sessions.slice(0, 3), { ...sessions[3]!, b: [] }]);
  expect(comparison.candidate.runs).toHaveLength(3);
  expect(comparison.warnings.join(" ")).toContain("cut short");
});

test("the same sessions give the same bytes", () => {
  expect(JSON.stringify(judgeSessions(request, sessionsOf(1.03)))).toBe(
    JSON.stringify(judgeSessions(request, sessionsOf(1.03))),
  );
});

test.each([
  [{ a: {} }, "no target for side A"],
  [{ sessions: 0 }, "At least one session"],
  [{ bounds: { maxRatio: 2, temporary: { maxRatio: 4, until: "2026-02-30" } } }, "no day"],
] as const)("%j is refused before anything runs", async (wrong, message) => {
  const view = { step: () => {}, observer: () => expect.unreachable(), onStoppable: () => {} };
  await expect(runAb({ ...request, ...wrong }, view)).rejects.toThrow(message);
});
