import { builtInMetrics, type Metric, type Tags } from "../../src/model/metric.js";
import type { K6Options, NetworkOptions } from "../../src/model/options.js";
import { Problem } from "../../src/model/problem.js";
import type { HttpSample, Interruption, TagSet, Vu, VuPhase } from "../../src/model/vu.js";

/** What the modules gave to the sink, in order. */
export interface FakeSample {
  readonly metric: string;
  readonly value: number;
  readonly tags: Tags;
}

export interface FakeVu extends Vu {
  phase: VuPhase;
  samples: FakeSample[];
  http: { sample: HttpSample; latenessMs: number; tags: Tags }[];
  checks: { name: string; groupPath: string; ok: boolean; tags: Tags }[];
  warnings: { code: string; message: string }[];
  logs: { level: string; text: string }[];
  aborted: string[];
  failed: string[];
  files: Record<string, string | Uint8Array>;
  /** Moves only by {@link Vu.sleep}: tests take no time. Set `now` for a real clock. */
  clockMs: number;
  /** Ends the VU: everything registered by `onRetire` is called. */
  retire(): void;
  interrupt(reason: Interruption): void;
}

/** The options of a script that sets none, as the plan would fill them. */
export const fakeOptions: K6Options = {
  scenarios: {},
  thresholds: {},
  tags: {},
  setupTimeoutMs: 60_000,
  teardownTimeoutMs: 60_000,
  handleSummaryTimeoutMs: 120_000,
  noSetup: false,
  noTeardown: false,
  maxRedirects: 10,
  userAgent: "loadline/0 (test)",
  batch: 20,
  batchPerHost: 6,
  insecureSkipTLSVerify: false,
  throw: false,
  discardResponseBodies: false,
  noConnectionReuse: false,
  noVUConnectionReuse: false,
  noCookiesReset: false,
  minIterationDurationMs: 0,
  hosts: {},
  summaryTrendStats: ["avg", "min", "med", "max", "p(90)", "p(95)"],
  summaryTimeUnit: "",
  systemTags:
    "proto subproto status method url name group check error error_code tls_version scenario service expected_response".split(
      " ",
    ),
  loadline: {},
  raw: {},
};

/** A VU in the middle of an iteration, without an engine, that keeps what the modules emit. */
/** Network options that ask for nothing. */
export const plainNetwork: NetworkOptions = {
  rps: 0,
  blacklistIPs: [],
  blockHostnames: [],
  dns: undefined,
  tls: undefined,
  httpDebug: "",
  localIPs: [],
};

export function makeFakeVu(overrides: Partial<FakeVu> = {}): FakeVu {
  const metrics = new Map<string, Metric>(Object.entries(builtInMetrics));
  const sets = new Map<string, TagSet>();
  const retired: (() => void)[] = [];
  const cancels = new Set<(reason: Interruption) => void>();
  const log = (level: string) => (text?: unknown) => void vu.logs.push({ level, text: String(text) });
  const vu: FakeVu = {
    idInInstance: 1,
    idInTest: 1,
    phase: "iteration",
    iterationInInstance: 0,
    iterationInScenario: 0,
    scenario: undefined,
    groupPath: "",
    tags: { scenario: "default" },
    metadata: {},
    tagsVersion: 0,
    env: {},
    options: fakeOptions,
    console: { log: log("log"), info: log("info"), warn: log("warn"), error: log("error"), debug: log("debug") },
    latenessMs: 0,
    shared: new Map(),
    sink: {
      define(name, type, contains) {
        const known = metrics.get(name);
        if (known !== undefined && (known.type !== type || known.contains !== contains)) {
          throw new Problem("metric.redefined", `${name} is a ${known.type}`);
        }
        const metric = known ?? { name, type, contains };
        metrics.set(name, metric);
        return metric;
      },
      tagSet(tags) {
        const key = JSON.stringify(Object.entries(tags).sort());
        const set = sets.get(key) ?? { tags: { ...tags } };
        sets.set(key, set);
        return set;
      },
      add: (metric, value, set) => void vu.samples.push({ metric: metric.name, value, tags: set.tags }),
      addHttp: (sample, latenessMs, set) => void vu.http.push({ sample, latenessMs, tags: set.tags }),
      enterGroup: () => {},
      addCheck: (name, groupPath, ok, set) => void vu.checks.push({ name, groupPath, ok, tags: set.tags }),
      warn: (code, message) => void vu.warnings.push({ code, message }),
    },
    now: () => vu.clockMs,
    sleep: async (ms) => {
      vu.clockMs += ms;
    },
    onInterrupt(cancel) {
      cancels.add(cancel);
      return () => cancels.delete(cancel);
    },
    onRetire: (release) => void retired.push(release),
    abortTest: (reason) => void vu.aborted.push(reason),
    failTest: (reason) => void vu.failed.push(reason),
    readFile(path) {
      const content = vu.files[path];
      if (content === undefined) throw new Problem("script.no-such-file", `No file ${path}.`, { at: path });
      return typeof content === "string" ? new TextEncoder().encode(content) : content;
    },
    samples: [],
    http: [],
    checks: [],
    warnings: [],
    logs: [],
    aborted: [],
    failed: [],
    files: {},
    clockMs: 0,
    retire: () => {
      for (const release of retired.splice(0)) release();
    },
    interrupt: (reason) => {
      for (const cancel of [...cancels]) cancel(reason);
    },
  };
  return Object.assign(vu, overrides);
}
