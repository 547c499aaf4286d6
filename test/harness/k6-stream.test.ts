import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { K6Stream } from "../../src/harness/k6-stream.js";
import { Totals } from "../../src/measure/totals.js";
import type { WindowBatch } from "../../src/model/window.js";
import { makePlan } from "../../src/script/plan.js";

// Written by k6 0.49: 4 arrivals a second for 3 s against the demo target, with a setup that makes a request.
const recorded = readFileSync(join(import.meta.dirname, "../fixtures/k6-0.49-output.ndjson"));
const plan = makePlan({
  config: {},
  env: {},
  flags: {},
  exportNames: ["default"],
  exported: {
    scenarios: { shop: { executor: "constant-arrival-rate", rate: 4, duration: "3s", preAllocatedVUs: 2 } },
  },
});

function played(chunkBytes: number) {
  const windows: WindowBatch[] = [];
  const totals = new Totals();
  const starts: number[] = [];
  const warnings: string[] = [];
  const stream = new K6Stream({
    plan,
    submetrics: [{ metric: "http_req_duration", tags: { name: "items" } }],
    pid: undefined,
    onWarning: (code) => warnings.push(code),
    onLoad: (startedAtMs) => starts.push(startedAtMs),
    onWindow: (batch) => {
      windows.push(batch);
      totals.add(batch);
    },
  });
  for (let at = 0; at < recorded.length; at += chunkBytes) stream.push(recorded.subarray(at, at + chunkBytes));
  const before = windows.length;
  stream.end(true);
  return { windows, totals, starts, warnings, before, otherText: stream.otherText };
}

test.each([17, 4096, 1 << 20])("a recording of k6's own output makes windows, in pieces of %i bytes", (chunkBytes) => {
  const { windows, totals, starts, warnings, otherText } = played(chunkBytes);
  const sum = (name: string) => {
    const value = totals.find(name)?.value;
    return value?.kind === "counter" ? value.sum : undefined;
  };
  expect(sum("http_reqs")).toBe(14);
  expect(sum("iterations")).toBe(13);
  expect(sum("items_seen")).toBe(13);
  expect(totals.checks).toMatchObject([{ name: "is 200", groupPath: "::shop", passes: 13, fails: 0 }]);
  const named = totals.find("http_req_duration{name:items}")?.value;
  expect(named?.kind === "trend" && named.histogram.count).toBe(13);
  expect(totals.find("http_req_response_time")).toBeUndefined();
  expect(windows.reduce((all, { engine }) => all + engine.planned, 0)).toBe(12);
  expect(windows.reduce((all, { engine }) => all + engine.started, 0)).toBe(13);
  expect(windows.map(({ last }) => last).indexOf(true)).toBe(windows.length - 1);
  // The load began with the scenario, not with the setup before it.
  expect(starts).toHaveLength(1);
  const last = windows.at(-1)!;
  expect(last.startMs + last.lengthMs).toBeGreaterThan(2900);
  expect(last.startMs + last.lengthMs).toBeLessThan(3200);
  expect(warnings).toEqual([]);
  expect(otherText).toBe("");
});

test("windows come while k6 runs, not at its end", () => {
  expect(played(4096).before).toBeGreaterThanOrEqual(1);
});
