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

test("CPU has its saturation and its cost; what comes after the load counts for neither", () => {
  const cores = [0.5, 1, 2, 2];
  const samples = [
    { atMs: 0, source: "target", limitCores: 2 },
    ...cores.map((cpuCores, i) => ({ atMs: (i + 1) * 1000, source: "target", cpuCores, limitCores: 2, rssBytes: 5 })),
    { atMs: 9000, source: "target", cpuCores: 2, rssBytes: 900, event: "restarted" },
  ];
  const [target] = summariseResources(samples, { requests: 5500, durationMs: 4000 }, 5000);
  expect(target).toMatchObject({
    samples: 5,
    limitCores: 2,
    saturatedRatio: 0.5,
    // 5.5 CPU seconds for 5,500 requests.
    cpuSecondsPerThousand: 1,
    rssBytes: { max: 5 },
    events: [{ atMs: 9000, event: "restarted" }],
  });
  expect(resourceSummarySchema.parse(target)).toEqual(target);
  expect(summariseResources(samples)[0]).not.toHaveProperty("cpuSecondsPerThousand");
  expect(summariseResources(samples, { requests: 0, durationMs: 4000 })[0]).not.toHaveProperty("cpuSecondsPerThousand");
});
