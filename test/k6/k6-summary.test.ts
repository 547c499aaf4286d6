import { expect, test } from "vitest";
import { textSummary } from "../../src/k6/jslib/k6-summary.js";

const time = (contains: string, values: Record<string, number>, thresholds?: Record<string, { ok: boolean }>) => ({
  type: "trend",
  contains,
  values,
  ...(thresholds === undefined ? {} : { thresholds }),
});
const data = {
  root_group: {
    name: "",
    checks: [
      { name: "root ok", passes: 4, fails: 0 },
      { name: "root bad", passes: 2, fails: 1 },
    ],
    groups: [
      {
        name: "outer",
        checks: [],
        groups: [{ name: "inner", checks: [{ name: "never", passes: 0, fails: 4 }], groups: [] }],
      },
    ],
  },
  options: { summaryTrendStats: ["avg", "count", "p(95)"], summaryTimeUnit: "" },
  metrics: {
    checks: { type: "rate", contains: "default", values: { rate: 0.666666, passes: 6, fails: 5 } },
    data_sent: { type: "counter", contains: "data", values: { count: 668, rate: 5049 } },
    http_reqs: { type: "counter", contains: "default", values: { count: 8, rate: 35.9507334 } },
    my_gauge: {
      type: "gauge",
      contains: "default",
      values: { value: 5.5, min: 5.5, max: 7 },
      thresholds: { "value<1": { ok: false } },
    },
    my_time: time(
      "time",
      { avg: 617.539, count: 8, "p(95)": 65_432.1 },
      { "avg<1": { ok: false }, "avg>1": { ok: true } },
    ),
    my_time_2: time("default", { avg: 500_000.617_28, count: 1, "p(95)": 1e6 }),
    "my_time{a:b,c:d}": time("time", { avg: 0.012_345, count: 1, "p(95)": 0 }, { "avg<1": { ok: true } }),
  },
};

test("the text of a summary stands in k6's columns, marks and units", () => {
  expect(textSummary(data, { enableColors: false }).split("\n")).toEqual([
    "     ✓ root ok",
    "     ✗ root bad",
    "      ↳  66% — ✓ 2 / ✗ 1",
    "",
    "     █ outer",
    "",
    "       █ inner",
    "",
    "         ✗ never",
    "          ↳  0% — ✓ 0 / ✗ 4",
    "",
    "     checks..........: 66.66% ✓ 6         ✗ 5  ",
    "     data_sent.......: 668 B  5.0 kB/s",
    "     http_reqs.......: 8      35.950733/s",
    "   ✗ my_gauge........: 5.5    min=5.5     max=7",
    "   ✗ my_time.........: avg=617.53ms     count=8 p(95)=1m5s   ",
    "     ✓ { a:b,c:d }...: avg=12.34µs      count=1 p(95)=0s     ",
    "     my_time_2.......: avg=500000.61728 count=1 p(95)=1000000",
  ]);
});

test.each([
  [{ summaryTimeUnit: "s" }, "avg=0.62s p(95)=65.43s"],
  [{ summaryTimeUnit: "ms" }, "avg=617.54ms p(95)=65432.10ms"],
  [{ summaryTimeUnit: "us" }, "avg=617539.00µs p(95)=65432100.00µs"],
])("%j decides the unit of times", (unit, shown) => {
  const text = textSummary(
    { ...data, metrics: { t: data.metrics.my_time } },
    { enableColors: false, summaryTrendStats: ["avg", "p(95)"], ...unit },
  );
  expect(text).toContain(`✗ t...: ${shown}`);
});

test.each([
  [0, "0s"],
  [0.000_999_9, "999ns"],
  [0.9999, "999.9µs"],
  [999.999, "999.99ms"],
  [59_999.9, "59.99s"],
  [3_599_999, "59m59s"],
  [3_725_123.4, "1h2m5s"],
])("%d ms is shown as %s", (ms, shown) => {
  const metrics = { t: { type: "gauge", contains: "time", values: { value: ms, min: ms, max: ms } } };
  expect(textSummary({ ...data, metrics }, { enableColors: false })).toContain(
    ` t...: ${shown} min=${shown} max=${shown}`,
  );
});

test("colours are on unless they are switched off, and do not move the columns", () => {
  const plain = textSummary(data, { indent: "", enableColors: false });
  const coloured = textSummary(data, { indent: "" });
  expect(coloured).toContain("\x1b[32m    ✓ root ok\x1b[0m");
  expect(coloured).toContain("avg=\x1b[36m617.53ms\x1b[0m     count=");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escapes are what is looked for.
  expect(coloured.replace(/\x1b\[[\d;]*m/g, "")).toBe(plain);
});
