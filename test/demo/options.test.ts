import { expect, test } from "vitest";
import { demoDefaults, parseDemoFlags, parseStall } from "../../src/demo/options.js";
import { Problem } from "../../src/model/problem.js";

test("no flags give the defaults", () => {
  expect(parseDemoFlags({})).toEqual(demoDefaults);
});

test("flags become options", () => {
  expect(
    parseDemoFlags({
      port: "8080",
      host: "::1",
      latencyScale: "1.3",
      stallEvery: "10s:250ms",
      leakMbPerHour: "20",
      leakDescriptorsPerHour: "600",
      errorRatio: "0.01",
      rateLimit: "50",
      seed: "7",
      quiet: true,
    }),
  ).toEqual({
    port: 8080,
    host: "::1",
    latencyScale: 1.3,
    stall: { everyMs: 10_000, lengthMs: 250 },
    leakMbPerHour: 20,
    leakDescriptorsPerHour: 600,
    errorRatio: 0.01,
    rateLimit: 50,
    seed: 7,
    log: "none",
    tls: undefined,
    broken: new Set(),
  });
});

test("parts to break are named, and a wrong name is told with the nearest", () => {
  expect(parseDemoFlags({ break: "cache, tokens" }).broken).toEqual(new Set(["cache", "tokens"]));
  expect(() => parseDemoFlags({ break: "cach" })).toThrow(
    expect.objectContaining({ at: "--break", found: "cach", hint: expect.stringContaining('"cache"') }),
  );
});

test("a stall is a second long unless it says otherwise", () => {
  expect(parseStall("10s")).toEqual({ everyMs: 10_000, lengthMs: 1000 });
});

test.each(["", "10s:", "1s:1s", "10s:0s", "10s:1s:1s", "often"])("the stall %j is refused", (text) => {
  expect(() => parseStall(text)).toThrow(Problem);
});

test.each([
  [{ port: "70000" }, "--port"],
  [{ port: "" }, "--port"],
  [{ latencyScale: "fast" }, "--latency-scale"],
  [{ errorRatio: "1.5" }, "--error-ratio"],
  [{ errorRatio: "NaN" }, "--error-ratio"],
  [{ rateLimit: "0" }, "--rate-limit"],
  [{ leakMbPerHour: "-1" }, "--leak-mb-per-hour"],
  [{ seed: "1.5" }, "--seed"],
  [{ log: "some" }, "--log"],
])("%j is refused by the name of its flag", (flags, at) => {
  expect(() => parseDemoFlags(flags)).toThrow(expect.objectContaining({ code: "demo.flag-invalid", at }));
});
