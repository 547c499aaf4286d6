import { describe, expect, test } from "vitest";
import { environmentArguments, optionArguments, outputArguments } from "../../src/harness/k6-arguments.js";
import { endOfK6 } from "../../src/harness/k6-end.js";
import { k6LogLine } from "../../src/harness/k6-log.js";
import { arrivalsBefore, k6Window } from "../../src/harness/k6-window.js";
import { LineSplitter } from "../../src/harness/line-splitter.js";
import type { ForeignSample } from "../../src/import/imported.js";
import { Problem } from "../../src/model/problem.js";
import { makePlan } from "../../src/script/plan.js";

describe("what k6 is asked", () => {
  test.each([
    [{ vus: 5, duration: "30s" }, ["--vus=5", "--duration=30s"]],
    [{ insecureSkipTLSVerify: true }, ["--insecure-skip-tls-verify=true"]],
    [
      { noVUConnectionReuse: true, noConnectionReuse: true },
      ["--no-vu-connection-reuse=true", "--no-connection-reuse=true"],
    ],
    [
      {
        stages: [
          { duration: "30s", target: 10 },
          { duration: "1m", target: 0 },
        ],
      },
      ["--stage=30s:10", "--stage=1m:0"],
    ],
    [{ tags: { team: "a", build: "1=2" } }, ["--tag=team=a", "--tag=build=1=2"]],
    [{ blacklistIPs: ["10.0.0.0/8", "1.1.1.1"] }, ["--blacklist-ip=10.0.0.0/8,1.1.1.1"]],
    [{ localIPs: "10.0.0.2-10.0.0.9" }, ["--local-ips=10.0.0.2-10.0.0.9"]],
    [{ httpDebug: true }, ["--http-debug=headers"]],
    [{ httpDebug: "full" }, ["--http-debug=full"]],
    [{ summaryTrendStats: ["avg", "p(99)"] }, ["--summary-trend-stats=avg,p(99)"]],
    [{ maxRedirects: 0, userAgent: "a b" }, ["--max-redirects=0", "--user-agent=a b"]],
    // k6 has variables for these, and no flags.
    [{ setupTimeout: "5s", teardownTimeout: "5s" }, []],
    // Ours alone.
    [{ ext: { loadline: { arrivals: "uniform" } } }, []],
  ])("%j become its own flags", (layer, expected) => {
    expect(optionArguments(layer)).toEqual(expected);
  });

  test("a variable that k6 inherits anyway is not said twice", () => {
    const given = environmentArguments(
      { env: { HOME: "/root", A: "1" } },
      { includeSystemEnv: true },
      { HOME: "/root" },
    );
    expect(given).toEqual(["--include-system-env-vars=true", "-e", "A=1"]);
  });

  test("without the system's environment, each variable is said", () => {
    const given = environmentArguments({ env: { A: "1" } }, { includeSystemEnv: false }, { A: "1" });
    expect(given).toEqual(["--include-system-env-vars=false", "-e", "A=1"]);
  });

  test("K6_OUT is said again, because a flag makes k6 forget it", () => {
    expect(outputArguments([], { K6_OUT: "influxdb=http://x" })).toEqual([
      "--out",
      "json=-",
      "--out",
      "influxdb=http://x",
    ]);
    expect(outputArguments(["csv"], { K6_OUT: "influxdb" })).toEqual(["--out", "json=-", "--out", "csv"]);
  });

  test.each(["json", "json=", "json=-", "csv=-", "json=/dev/stdout"])("--out %s is refused", (output) => {
    expect(() => outputArguments([output], {})).toThrow(Problem);
  });
});

describe("how k6 ended", () => {
  const exit = { code: 0, signal: null, stopReason: undefined, lastError: undefined };

  test.each([100, 101, 102, 103, 105, 106, 107, 108, 110])("code %i is carried, with k6's last error", (code) => {
    expect(endOfK6({ ...exit, code, lastError: "because" })).toEqual({
      exitCode: code,
      reason: "because",
      setupData: undefined,
    });
  });

  test("crossed thresholds at the end are a plan carried out", () => {
    const end = endOfK6({ ...exit, code: 99, lastError: "thresholds have been crossed" });
    expect(end).toMatchObject({ exitCode: undefined, thresholdsCrossed: true });
  });

  test("an abortOnFail threshold is an early end", () => {
    const end = endOfK6({ ...exit, code: 99, lastError: "crossed; at least one has abortOnFail enabled" });
    expect(end).toMatchObject({ exitCode: 99 });
  });

  test.each([
    [104, 104],
    [255, 104],
    [1, 109],
    [2, 109],
    [111, 109],
  ])("code %i is a breakdown, told as %i", (code, exitCode) => {
    expect(endOfK6({ ...exit, code })).toMatchObject({ code: "k6.failed", exitCode });
  });

  test("a k6 that was killed is a breakdown, unless we had asked it to stop", () => {
    expect(endOfK6({ ...exit, code: null, signal: "SIGKILL" })).toMatchObject({ code: "k6.died", exitCode: 109 });
    expect(endOfK6({ ...exit, code: null, signal: "SIGKILL", stopReason: "Ctrl-C" })).toMatchObject({
      exitCode: 105,
      reason: "Ctrl-C",
    });
  });

  test("a stop that came when all was done changes nothing", () => {
    expect(endOfK6({ ...exit, stopReason: "Ctrl-C" })).toMatchObject({ exitCode: undefined });
  });
});

describe("what k6 says", () => {
  test.each([
    ['{"level":"warning","msg":"slow","error":"EOF"}', { level: "warn", text: "slow; EOF" }],
    ['{"level":"info","msg":"hi","source":"console"}', { level: "info", text: "hi" }],
    ["panic: runtime error", { level: "info", text: "panic: runtime error" }],
    ['time="now" level=error msg="unknown flag: --x"', { level: "error", text: "unknown flag: --x" }],
    ["{torn", { level: "info", text: "{torn" }],
  ])("%s", (line, expected) => {
    expect(k6LogLine(line)).toEqual(expected);
  });

  test("lines come whole, however the stream is cut, even within a character", () => {
    const lines: string[] = [];
    const splitter = new LineSplitter((line) => lines.push(line));
    const bytes = Buffer.from("über\nzwei\n\ndrei");
    for (const byte of bytes) splitter.push(Uint8Array.of(byte));
    splitter.end();
    expect(lines).toEqual(["über", "zwei", "", "drei"]);
  });

  test("a stream without line breaks takes no memory", () => {
    const lengths: number[] = [];
    const splitter = new LineSplitter((line) => lengths.push(line.length), 1000);
    for (let i = 0; i < 100; i += 1) splitter.push(Buffer.alloc(300, "x"));
    expect(Math.max(...lengths)).toBeLessThan(1400);
    expect(lengths.length).toBeGreaterThan(20);
  });
});

describe("a window of k6's", () => {
  const plan = makePlan({
    config: {},
    env: {},
    flags: {},
    exportNames: ["default"],
    exported: {
      scenarios: {
        even: { executor: "constant-arrival-rate", rate: 60, duration: "3s", preAllocatedVUs: 5 },
        later: { executor: "constant-arrival-rate", rate: 10, duration: "2s", preAllocatedVUs: 5, startTime: "1s" },
      },
    },
  });
  const sample = (name: string, value: number, tags = {}): ForeignSample => ({
    timeMs: 0,
    metric: { name, type: "counter", contains: "default" },
    value,
    tags,
  });

  test("plans what the scenarios have due in it, and no more at the end", () => {
    const due = arrivalsBefore(plan);
    const planned = [0, 1000, 2000, 3000].map((startMs) => {
      const lengthMs = startMs === 3000 ? Number.POSITIVE_INFINITY : 1000;
      return k6Window([], { startMs, lengthMs }, due, { vus: 0, vusMax: 0 }, undefined).planned;
    });
    expect(planned).toEqual([60, 70, 70, 0]);
  });

  test("counts what its samples hold, and keeps the VUs of the window before", () => {
    const samples = [
      sample("iterations", 1),
      sample("dropped_iterations", 4),
      sample("vus_max", 9),
      sample("http_reqs", 1, { status: "0", error_code: "1212" }),
      sample("http_reqs", 1, { status: "0", error_code: "1211", error: "dial: too many open files" }),
      sample("http_reqs", 1, { status: "200" }),
    ];
    expect(k6Window(samples, { startMs: 0, lengthMs: 1000 }, () => 0, { vus: 3, vusMax: 5 }, undefined)).toMatchObject({
      started: 1,
      dropped: 4,
      vus: 3,
      vusMax: 9,
      unanswered: 2,
      ownSocketErrors: 1,
    });
  });
});
