import type { Tags } from "./metric.js";

/** A threshold as the script wrote it, in object form; `threshold` is the expression, such as "p(95)<200". */
export interface ThresholdOption {
  readonly threshold: string;
  readonly abortOnFail: boolean;
  readonly delayAbortEvalMs: number;
}

/** Arrival count over a linear ramp: from the previous target to this one within the duration. */
export interface Stage {
  readonly durationMs: number;
  readonly target: number;
}

interface ScenarioCommon {
  readonly name: string;
  readonly startTimeMs: number;
  readonly gracefulStopMs: number;
  /** Name of the exported function. */
  readonly exec: string;
  readonly env: Readonly<Record<string, string>>;
  readonly tags: Tags;
}

export interface ConstantArrivalRate extends ScenarioCommon {
  readonly executor: "constant-arrival-rate";
  /** Arrivals a `timeUnitMs`. */
  readonly rate: number;
  readonly timeUnitMs: number;
  readonly durationMs: number;
  readonly preAllocatedVUs: number;
  readonly maxVUs: number;
  /** Present where arrivals come at random: the seed of their due times. */
  readonly poissonSeed?: number | undefined;
}

export interface RampingArrivalRate extends ScenarioCommon {
  readonly executor: "ramping-arrival-rate";
  readonly startRate: number;
  readonly timeUnitMs: number;
  readonly stages: readonly Stage[];
  readonly preAllocatedVUs: number;
  readonly maxVUs: number;
  readonly poissonSeed?: number | undefined;
}

export interface ConstantVus extends ScenarioCommon {
  readonly executor: "constant-vus";
  readonly vus: number;
  readonly durationMs: number;
}

export interface RampingVus extends ScenarioCommon {
  readonly executor: "ramping-vus";
  readonly startVUs: number;
  readonly stages: readonly Stage[];
  readonly gracefulRampDownMs: number;
}

export interface PerVuIterations extends ScenarioCommon {
  readonly executor: "per-vu-iterations";
  readonly vus: number;
  readonly iterations: number;
  readonly maxDurationMs: number;
}

export interface SharedIterations extends ScenarioCommon {
  readonly executor: "shared-iterations";
  readonly vus: number;
  readonly iterations: number;
  readonly maxDurationMs: number;
}

/** What one scenario will do, with every default filled in. */
export type ScenarioPlan =
  | ConstantArrivalRate
  | RampingArrivalRate
  | ConstantVus
  | RampingVus
  | PerVuIterations
  | SharedIterations;

/** The consolidated options that the modules and the engine act on. Durations in milliseconds. */
export interface K6Options {
  readonly scenarios: Readonly<Record<string, ScenarioPlan>>;
  /** By metric or submetric, `http_req_duration{status:200}`. */
  readonly thresholds: Readonly<Record<string, readonly ThresholdOption[]>>;
  readonly tags: Tags;
  readonly setupTimeoutMs: number;
  readonly teardownTimeoutMs: number;
  readonly noSetup: boolean;
  readonly noTeardown: boolean;
  readonly maxRedirects: number;
  readonly userAgent: string;
  readonly batch: number;
  readonly batchPerHost: number;
  readonly insecureSkipTLSVerify: boolean;
  readonly throw: boolean;
  readonly discardResponseBodies: boolean;
  readonly noConnectionReuse: boolean;
  readonly noVUConnectionReuse: boolean;
  readonly noCookiesReset: boolean;
  readonly minIterationDurationMs: number;
  readonly hosts: Readonly<Record<string, string>>;
  readonly handleSummaryTimeoutMs: number;
  readonly summaryTrendStats: readonly string[];
  readonly summaryTimeUnit: "" | "s" | "ms" | "us";
  readonly systemTags: readonly string[];
  /** How requests reach the network; undefined where no such option is set. */
  readonly network?: NetworkOptions | undefined;
  /** `options.ext.loadline`, ours. */
  readonly loadline: LoadlineOptions;
  /** What the script exported, after flags were laid over it: `exec.test.options`. */
  readonly raw: Readonly<Record<string, unknown>>;
}

/** Options that limit or shape the way to the target. */
export interface NetworkOptions {
  /** Requests a second over all VUs of an engine; 0 for no limit. */
  readonly rps: number;
  /** CIDR notation. */
  readonly blacklistIPs: readonly string[];
  /** In lower case; `*` may stand at the beginning. */
  readonly blockHostnames: readonly string[];
  readonly dns: DnsOptions | undefined;
  readonly tls: TlsOptions | undefined;
  readonly httpDebug: "" | "headers" | "full";
  /** Addresses of this machine that VUs send from, each VU from one. */
  readonly localIPs: readonly string[];
}

export interface DnsOptions {
  /** How long an answer is kept; 0 asks anew for each connection, Infinity never again. */
  readonly ttlMs: number;
  readonly select: "first" | "random" | "roundRobin";
  readonly policy: "preferIPv4" | "preferIPv6" | "onlyIPv4" | "onlyIPv6" | "any";
}

export interface TlsOptions {
  /** "tls1.2"; undefined for the platform's own limit. */
  readonly minVersion: string | undefined;
  readonly maxVersion: string | undefined;
  /** IANA names, for versions below 1.3; empty for the platform's own. */
  readonly cipherSuites: readonly string[];
  readonly auth: readonly TlsAuth[];
}

/** A client certificate, PEM, for the hosts that it is meant for; no domains means all. */
export interface TlsAuth {
  readonly domains: readonly string[];
  readonly cert: string;
  readonly key: string;
  readonly password: string | undefined;
}

/** Settings of ours that belong to a script. */
export interface LoadlineOptions {
  /** Gating series, such as "http_req_response_time p(95)"; the default five when absent. */
  readonly gate?: readonly string[];
  /** Practical margin as a ratio: 0.05. */
  readonly margin?: number;
  /** Margins of their own, by row ("throughput rate") or by series ("http_req_failed"); those of proportions absolute. */
  readonly margins?: Readonly<Record<string, number>>;
  /** Load that is not measured, before the run. */
  readonly warmUpMs?: number;
  /** Engine threads; 1 unless given. "auto" takes what the rate asks for, within the machine's cores. */
  readonly workers?: number | "auto";
  /** How the arrivals of arrival-rate executors are spread; evenly unless given. */
  readonly arrivals?: "uniform" | "poisson";
  /** Of random arrivals. */
  readonly seed?: number;
}

/**
 * One part of a test that is spread over several machines or threads: `executionSegment` in its sequence.
 *
 * The sizes of all parts as whole numbers without a common divisor, and which of them this is.
 */
export interface Segmentation {
  readonly parts: readonly number[];
  readonly index: number;
}

/** The layer that a value came from, lowest precedence first. */
export type Origin = "default" | "config" | "script" | "env" | "flag";

/** Everything the engine needs to drive a run. */
export interface Plan {
  readonly options: K6Options;
  readonly scenarios: readonly ScenarioPlan[];
  /** Latest end of any scenario without graceful stop, milliseconds from the start. */
  readonly durationMs: number;
  /** The same with every graceful stop. */
  readonly maxDurationMs: number;
  /** Doubts about the options, such as one that is not acted on. */
  readonly warnings: readonly string[];
  /** The part of the test that this process has; absent for the whole. */
  readonly segment?: Segmentation | undefined;
  /** By path below `options`, "scenarios.checkout.rate": which layer set it. For `--show-config`. */
  readonly origins?: Readonly<Record<string, Origin>>;
}
