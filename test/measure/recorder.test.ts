import { describe, expect, test } from "vitest";
import { LongLines, windowsPerLine } from "../../src/measure/long-lines.js";
import { Recorder } from "../../src/measure/recorder.js";
import { Totals } from "../../src/measure/totals.js";
import { builtInMetrics } from "../../src/model/metric.js";
import type { HttpSample } from "../../src/model/vu.js";
import type { EngineWindow, WindowBatch } from "../../src/model/window.js";

const sample = (durationMs: number, over: Partial<HttpSample> = {}): HttpSample => ({
  startMs: 1000,
  endMs: 1000 + durationMs,
  blockedMs: 0,
  connectingMs: 0,
  tlsHandshakingMs: 0,
  sendingMs: 0,
  waitingMs: durationMs,
  receivingMs: 0,
  sentBytes: 100,
  receivedBytes: 200,
  failed: false,
  ...over,
});

let index = 0;
function batch(recorder: Recorder, last = false): WindowBatch {
  const { newSeries, values, checks } = recorder.closeWindow();
  index += 1;
  return { index: index - 1, startMs: 0, lengthMs: 1000, newSeries, values, checks, engine: {} as EngineWindow, last };
}

describe("the recorder", () => {
  test("a request counts in the total, its endpoint and each submetric whose tags it has", () => {
    const recorder = new Recorder(() => {});
    recorder.want({ metric: "http_req_duration", tags: { status: "200", method: "GET" } });
    const tags = { name: "/items", status: "200", method: "GET", expected_response: "true" };
    recorder.addHttp(sample(10), 0, recorder.tagSet(tags));
    recorder.addHttp(sample(20), 0, recorder.tagSet({ ...tags, status: "500", expected_response: "false" }));
    const totals = new Totals();
    totals.add(batch(recorder));
    const count = (name: string) => {
      const value = totals.find(name)?.value;
      return value?.kind === "trend" ? value.histogram.count : undefined;
    };
    expect(count("http_req_duration")).toBe(2);
    expect(count("http_req_duration{name:/items}")).toBe(2);
    expect(count("http_req_duration{method:GET,status:200}")).toBe(1);
    expect(count("http_req_duration{expected_response:true}")).toBe(1);
    expect(totals.find("http_reqs")?.value).toEqual({ kind: "counter", sum: 2 });
  });

  test("response time counts from the due time, service time from the send", () => {
    const recorder = new Recorder(() => {});
    recorder.addHttp(sample(10), 250, recorder.tagSet({}));
    const totals = new Totals();
    totals.add(batch(recorder));
    const max = (name: string) => {
      const value = totals.find(name)?.value;
      return value?.kind === "trend" ? value.histogram.max : undefined;
    };
    expect(max("http_req_duration")).toBe(10_000);
    expect(max("http_req_response_time")).toBe(260_000);
  });

  test("a dropped arrival's response time is never below the service time", () => {
    const recorder = new Recorder(() => {});
    recorder.addResponseLowerBound(50);
    recorder.addHttp(sample(200), 0, recorder.tagSet({}));
    recorder.addHttp(sample(300), 0, recorder.tagSet({}));
    recorder.addResponseLowerBound(0);
    recorder.addResponseLowerBound(50);
    const totals = new Totals();
    totals.add(batch(recorder));
    const value = totals.find("http_req_response_time")?.value;
    expect(value?.kind === "trend" && [value.histogram.count, value.histogram.min, value.histogram.max]).toEqual([
      4, 200_000, 300_000,
    ]);
  });

  test("equal tags are one object, in any order", () => {
    const recorder = new Recorder(() => {});
    expect(recorder.tagSet({ a: "1", b: "2" })).toBe(recorder.tagSet({ b: "2", a: "1" }));
  });

  test("a script that makes ever new names is warned of once, and its series are bounded", () => {
    const warnings: string[] = [];
    const recorder = new Recorder((code) => warnings.push(code));
    for (let i = 0; i < 12_000; i += 1) recorder.addHttp(sample(1), 0, recorder.tagSet({ name: `/items/${i}` }));
    const window = recorder.closeWindow();
    expect(warnings).toEqual(["series.too-many"]);
    expect(window.newSeries.length).toBeLessThan(350);
    const total = window.values.find(({ id }) => window.newSeries.find((one) => one.id === id)?.metric === "http_reqs");
    expect(total?.value).toEqual({ kind: "counter", sum: 12_000 });
  });

  test("requests that did not reach the target and faults of our own are told apart", () => {
    const recorder = new Recorder(() => {});
    const tags = recorder.tagSet({ status: "0", error_code: "1212" });
    // A reset comes from a target that was reached.
    recorder.addHttp(sample(1, { failed: true }), 0, recorder.tagSet({ status: "0", error_code: "1220" }));
    recorder.addHttp(sample(1, { failed: true }), 0, tags);
    recorder.addHttp(sample(1, { failed: true, ownFault: true }), 0, tags);
    recorder.addHttp(sample(1), 0, recorder.tagSet({ status: "200" }));
    const window = recorder.closeWindow();
    expect([window.unanswered, window.ownSocketErrors]).toEqual([2, 1]);
  });

  test("a metric keeps its type: the second definition with another one is refused", () => {
    const recorder = new Recorder(() => {});
    recorder.define("mine", "trend", "time");
    expect(recorder.define("mine", "trend", "time")).toBe(recorder.define("mine", "trend", "time"));
    expect(() => recorder.define("mine", "counter", "default")).toThrow(/already exists as a trend/);
    expect(() => recorder.define("http_reqs", "trend", "time")).toThrow(/already exists as a counter/);
    expect(() => recorder.define("1st", "trend", "time")).toThrow(/not a metric name/);
  });

  test("values that are no number are left out with a warning", () => {
    const warnings: string[] = [];
    const recorder = new Recorder((_code, text) => warnings.push(text));
    const metric = recorder.define("mine", "trend", "default");
    recorder.add(metric, Number.NaN, recorder.tagSet({}));
    recorder.add(metric, 1, recorder.tagSet({}));
    expect(warnings).toEqual(["mine was given NaN; such values are left out."]);
    const window = recorder.closeWindow();
    const values = window.values.filter(({ id }) => window.newSeries.find((one) => one.id === id)?.metric === "mine");
    expect(values).toHaveLength(1);
  });

  test("a window starts from zero, and a series that saw nothing is not in it", () => {
    const recorder = new Recorder(() => {});
    recorder.addPlain(builtInMetrics.iterations, 3);
    recorder.closeWindow();
    expect(recorder.closeWindow().values).toEqual([]);
  });
});

test("rarely used series come through once a minute, merged, and the rest with the last window", () => {
  index = 0;
  const recorder = new Recorder(() => {});
  const lines = new LongLines(90_000);
  const waiting: number[] = [];
  for (let second = 0; second < 90; second += 1) {
    recorder.addHttp(sample(5), 0, recorder.tagSet({}));
    const raw = batch(recorder, second === 89);
    const id = raw.newSeries.find((one) => one.metric === "http_req_waiting")?.id ?? waitingId;
    waitingId = id;
    const folded = lines.fold(raw);
    for (const entry of folded.values) {
      if (entry.id === id && entry.value.kind === "trend") waiting.push(entry.value.histogram.count);
    }
    expect(folded.values.some(({ id: one }) => one === durationId(raw))).toBe(true);
  }
  expect(waiting).toEqual([60, 30]);
});

test.each([
  { metric: "http_req_duration", tags: {}, short: 1, long: 1 },
  { metric: "http_req_response_time", tags: { name: "/a" }, short: 1, long: 10 },
  { metric: "iteration_lateness", tags: {}, short: 1, long: 10 },
  { metric: "http_req_waiting", tags: {}, short: 60, long: 60 },
  { metric: "http_req_duration", tags: { expected_response: "true" }, short: 60, long: 60 },
])(
  "$metric $tags has lines of $short windows in a short run and $long in a long one",
  ({ metric, tags, short, long }) => {
    const series = { id: 1, metric, tags, type: "trend", contains: "time", windowsPerLine: 1 } as const;
    expect(windowsPerLine(series, 60_000)).toBe(short);
    expect(windowsPerLine(series, 3_600_000)).toBe(long);
  },
);

let waitingId = -1;
let durationSeries = -1;
function durationId(raw: WindowBatch): number {
  const found = raw.newSeries.find((one) => one.metric === "http_req_duration" && Object.keys(one.tags).length === 0);
  if (found !== undefined) durationSeries = found.id;
  return durationSeries;
}

test("what is discarded after a warm-up leaves its series, and nothing of its values", () => {
  const recorder = new Recorder(() => {});
  const tags = recorder.tagSet({ name: "/a", status: "0", error_code: "1212" });
  recorder.addHttp(sample(5), 0, tags);
  recorder.addCheck("ok", "", true, tags);
  recorder.closeWindow();
  recorder.addHttp(sample(5), 0, tags);
  recorder.discard();
  recorder.addHttp(sample(7), 0, tags);
  const totals = new Totals();
  const window = recorder.closeWindow();
  totals.add({ index: 0, startMs: 0, lengthMs: 1000, engine: {} as EngineWindow, last: false, ...window });
  expect(totals.find("http_reqs")?.value).toEqual({ kind: "counter", sum: 1 });
  expect(totals.checks).toEqual([]);
  expect(window.unanswered).toBe(1);
});

test("what setup recorded before a warm-up stays", () => {
  const recorder = new Recorder(() => {});
  const tags = recorder.tagSet({ name: "/login", status: "200" });
  recorder.addHttp(sample(5), 0, tags);
  recorder.enterGroup("::setup");
  recorder.addCheck("logged in", "::setup", true, tags);
  const ofSetup = recorder.closeWindow();
  recorder.addHttp(sample(900), 0, tags);
  recorder.addCheck("logged in", "::setup", false, tags);
  recorder.enterGroup("::warm");
  recorder.discard();
  recorder.restore(ofSetup);
  recorder.addHttp(sample(7), 0, tags);
  const totals = new Totals();
  const window = recorder.closeWindow();
  totals.add({ index: 0, startMs: 0, lengthMs: 1000, engine: {} as EngineWindow, last: false, ...window });
  expect(totals.find("http_reqs")?.value).toEqual({ kind: "counter", sum: 2 });
  const duration = totals.find("http_req_duration{name:/login}")?.value;
  expect(duration?.kind === "trend" && [duration.histogram.min, duration.histogram.max]).toEqual([5000, 7000]);
  expect(totals.find("checks")?.value).toEqual({ kind: "rate", passes: 1, total: 1 });
  expect(totals.checks).toEqual([{ name: "logged in", groupPath: "::setup", passes: 1, fails: 0 }]);
  expect(totals.groups).toEqual(["::setup"]);
});
