import { expect, test } from "vitest";
import { formatContext } from "../../src/harness/format-context.js";

const plain = { abortOnFail: false, delayAbortEvalMs: 0 };
const aborting = (threshold: string, delayAbortEvalMs: number) => ({ threshold, abortOnFail: true, delayAbortEvalMs });

test("thresholds are written as k6 writes them: objects only where they may end the run", () => {
  const { thresholdsOf } = formatContext({
    systemTags: [],
    thresholds: {
      iterations: [
        { threshold: "count<1", ...plain, delayAbortEvalMs: 90_000 },
        aborting("count<2", 0),
        aborting("count<3", 250),
        aborting("count<4", 60_000),
        aborting("count<5", 3_723_250),
      ],
    },
  });
  expect(thresholdsOf({ name: "iterations" })).toEqual([
    "count<1",
    { threshold: "count<2", abortOnFail: true, delayAbortEval: null },
    { threshold: "count<3", abortOnFail: true, delayAbortEval: "250ms" },
    { threshold: "count<4", abortOnFail: true, delayAbortEval: "1m0s" },
    { threshold: "count<5", abortOnFail: true, delayAbortEval: "1h2m3.25s" },
  ]);
  expect(thresholdsOf({ name: "checks" })).toEqual([]);
});

test("the submetrics of a metric are those of its thresholds, and k6's own", () => {
  const { submetricsOf } = formatContext({
    systemTags: [],
    thresholds: { "http_req_duration{name:a, b:c}": [{ threshold: "avg<1", ...plain }], checks: [] },
  });
  expect(submetricsOf({ name: "http_req_duration" })).toEqual([
    { name: "http_req_duration{name:a, b:c}", suffix: "name:a, b:c", tags: { name: "a", b: "c" } },
    {
      name: "http_req_duration{expected_response:true}",
      suffix: "expected_response:true",
      tags: { expected_response: "true" },
    },
  ]);
  expect(submetricsOf({ name: "checks" })).toEqual([]);
});

test("secrets in a threshold's key reach no file", () => {
  const thresholds = { "http_reqs{url:http://x/?token=abcdef123456}": [] };
  const text = JSON.stringify(formatContext({ systemTags: [], thresholds }).submetricsOf({ name: "http_reqs" }));
  expect(text).toContain("http_reqs{url:http://x/?token=");
  expect(text).not.toContain("abcdef123456");
});

test("a tag whose name makes it a secret shows as in the thresholds of the run", () => {
  const [first] = formatContext({ systemTags: [], thresholds: { "http_reqs{session:abcdef}": [] } }).submetricsOf({
    name: "http_reqs",
  });
  expect(JSON.stringify(first)).not.toContain("abcdef");
  expect(first!.name).toBe(`http_reqs{session:${first!.tags.session}}`);
});
