import { expect, test } from "vitest";
import { resourceSummarySchema } from "../../src/model/run.js";
import { summariseResources } from "../../src/monitor/summary.js";

test("each source has its quantiles, its last value and its events", () => {
  const samples = [
    { atMs: 0, source: "target", rssBytes: 100, processes: 1 },
    { atMs: 0, source: "harness", rssBytes: 7 },
    { atMs: 1000, source: "target", rssBytes: 300, cpuCores: 0.5 },
    { atMs: 2000, source: "target", rssBytes: 200, cpuCores: 1.5, event: "gone" },
  ];
  const [target, harness] = summariseResources(samples);
  expect(target).toEqual({
    source: "target",
    samples: 3,
    rssBytes: { min: 100, p50: 200, p95: 290, max: 300, last: 200 },
    cpuCores: { min: 0.5, p50: 1, p95: 1.45, max: 1.5, last: 1.5 },
    events: [{ atMs: 2000, event: "gone" }],
  });
  expect(harness).toEqual({
    source: "harness",
    samples: 1,
    rssBytes: { min: 7, p50: 7, p95: 7, max: 7, last: 7 },
    events: [],
  });
  for (const summary of [target, harness]) expect(resourceSummarySchema.parse(summary)).toEqual(summary);
});

test("no samples, no summaries", () => {
  expect(summariseResources([])).toEqual([]);
});
