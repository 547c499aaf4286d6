import { describe, expect, test } from "vitest";
import { disagreements, probeDisagreement } from "../../src/checklist/agreement.js";
import { parseBinding } from "../../src/checklist/binding.js";
import { promisesOf } from "../../src/checklist/promises.js";

const check = (text: string, binding: string) => disagreements(text, parseBinding(binding, "test").clauses);

describe("what a sentence promises", () => {
  test.each([
    ["p50 < 50ms, p95 < 100ms, p99 < 500ms", ["p(50)<50", "p(95)<100", "p(99)<500"]],
    ["Response time < 100ms (p95)", ["p(95)<100"]],
    ["P95 latency ~16ms (Target < 200ms)", ["p(95)<200"]],
    ["the 99.9th percentile stays under 1.5 seconds", ["p(99.9)upper1500"]],
    ["median at most 20 ms", ["p(50)upper20"]],
    ["< 10 ms (p50), < 20 ms (p95)", ["p(50)<10", "p(95)<20"]],
    ["p999 ≤ 2 s", ["p(99.9)<=2000"]],
  ])("%s", (text, expected) => {
    expect(promisesOf(text).map(({ statistic, operator, value }) => `${statistic}${operator}${value}`)).toEqual(
      expected,
    );
  });

  test.each([
    ["> 1000 executions/minute", "rate", 1000 / 60],
    ["1,000 QPS", "rate", 1000],
    ["2k rps", "rate", 2000],
    ["50 requests a second", "rate", 50],
    ["100+ concurrent requests", "count", 100],
    ["memory < 1GB", "bytes", 1e9],
    ["memory < 1 GiB", "bytes", 2 ** 30],
    ["hit ratio ≥ 70%", "ratio", 0.7],
    ["after a 1hr run", "time", 3_600_000],
    ["at most 2× as slow", "times", 2],
  ])("%s is a %s of %d", (text, kind, value) => {
    const found = promisesOf(text);
    expect(found).toHaveLength(1);
    expect(found[0]!.kind).toBe(kind);
    expect(found[0]!.value).toBeCloseTo(value, 6);
  });

  test.each([
    "returns 200 OK",
    "Python 3.11",
    "v4 metrics",
    "Week 1",
    "http://localhost:9090/targets",
    "2026-01-06",
    "15+ counters",
  ])("%s promises no limit", (text) => expect(promisesOf(text)).toEqual([]));
});

describe("text and binding", () => {
  test.each([
    ["Response time < 100ms (p95)", "http_req_duration p(95)<100"],
    ["p95 ≤ 100 ms", "http_req_duration p(95)<100"],
    ["p95 under 100 ms", "http_req_duration p(95)<=100"],
    ["Error rate < 0.1%", "http_req_failed rate<0.001"],
    ["success rate > 99.9%", "http_req_failed rate<0.001"],
    ["No memory leaks after 1hr run", "memory stable over 1h"],
    ["stable over 30 minutes", "memory stable over 1h"],
    ["Throughput: > 1000 executions/minute", "throughput > 1000/min"],
    ["1000 QPS", "load at 1000/s over 1h"],
    ["CPU < 50%", "cpu p(95) < 0.5 cores"],
    ["ratio ≤ 2× (target) / ≤ 4× (temporary)", "ab p(95) <= 2x, temporary <= 4x until 2027-01-31"],
    ["Cache hit ratio ≥ 70%", "probe cache-hit-ratio"],
    ["docs within 5 minutes", "attest role=sre"],
  ])("%s agrees with %s", (text, binding) => expect(check(text, binding)).toEqual([]));

  test.each([
    ["p95 < 100 ms", "http_req_duration p(99)<100"],
    ["99th percentile < 100 ms", "http_req_duration p(95)<100"],
    ["p95 < 100 ms", "http_req_duration p(95)<200"],
    ["p95 < 200 ms", "http_req_duration p(95)<100"],
    ["p95 < 100 ms", "http_req_duration p(95)>100"],
    ["p95 < 100 ms", "http_req_duration p(95)<=100"],
    ["p95 < 100 s", "http_req_duration p(95)<100"],
    ["p50 < 50ms, p95 < 100ms", "http_req_duration p(95)<100"],
    ["Error rate < 0.1%", "http_req_failed rate<0.01"],
    ["Error rate < 0.1%", "verdict pass"],
    ["Throughput > 1000 a minute", "throughput > 1000/s"],
    ["Throughput at least 10/s", "throughput <= 10/s"],
    ["no leaks over 1 hour", "memory stable over 10m"],
    ["memory < 1GB", "memory max < 1GiB"],
    ["memory < 1GB", "memory max < 512MB"],
    ["1000 QPS", "load at 500/s"],
    ["100+ concurrent requests", "concurrency >= 50"],
    ["≤ 2×", "ab p(95) <= 4x"],
    ["p95 < 100 ms", "http_req_duration p(95)<200; probe x"],
  ])("%s is refused with %s, both readings shown", (text, binding) => {
    const [first, ...more] = check(text, binding);
    expect(more).toEqual([]);
    expect(first).toMatch(/^The text says ".+"; the binding tests ".+"\.$/);
    expect(first).toContain(binding.split(";")[0]!);
  });

  test("a probe that asked for another number than the sentence is found out", () => {
    expect(probeDisagreement("Cache hit ratio ≥ 70%", "hits / lookups >= 50%")).toContain("70%");
    expect(probeDisagreement("Cache hit ratio ≥ 70%", "hits / lookups >= 70%")).toBeUndefined();
    expect(probeDisagreement("Cache hit ratio ≥ 70%", "GET /metrics")).toBeUndefined();
  });
});

describe("bindings", () => {
  test("one piece may hold several thresholds, and pieces are parted by semicolons outside quotes", () => {
    const { clauses } = parseBinding('http_req_duration p(50)<50, p(95)<100 over 1h; check "a; b, c"', "test");
    expect(clauses.map(({ kind }) => kind)).toEqual(["threshold", "threshold", "check"]);
    expect(clauses[1]).toMatchObject({ expression: "p(95)<100", overMs: 3_600_000 });
    expect(clauses[2]).toMatchObject({ name: "a; b, c" });
  });

  test.each([
    "memmory stable",
    "http_req_duration p(95)",
    "http_req_duration rate<1",
    "http_req_duration p(95)==1",
    "memory stable over soon",
    "memory p(42) < 1GB",
    "memory max < 1ms",
    "cpu stable",
    "probe",
    "check status",
    "load",
    "attest colour=red",
    "not-applicable",
    "ab p(95) <= 2x, temporary <= 4x until 2027-19-41",
    "",
  ])("%s is refused", (text) => {
    expect(() => parseBinding(text, "test")).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^(binding|threshold|duration)\./) }),
    );
  });

  test("a mistyped word is told with the one that was meant", () => {
    expect(() => parseBinding("memmory stable", "test")).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('"memory"') }),
    );
  });
});
