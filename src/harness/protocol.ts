import type { Metric, SeriesKey } from "../model/metric.js";
import type { Plan } from "../model/options.js";
import type { ExitCode, Problem } from "../model/problem.js";
import type { SampleBatch } from "../model/sample-batch.js";
import type { Script } from "../model/script.js";
import type { WindowBatch } from "../model/window.js";

/** What the engine's thread is started with. */
export interface EngineStart {
  readonly script: Script;
  /** `__ENV`. */
  readonly env: Readonly<Record<string, string>>;
  /** Raw option layers, lowest first: configuration file, environment, flags. */
  readonly layers: {
    readonly config: Readonly<Record<string, unknown>>;
    readonly env: Readonly<Record<string, unknown>>;
    readonly flags: Readonly<Record<string, unknown>>;
  };
  /** Send every sample, for outputs that want them. */
  readonly samples?: boolean;
  /** What `k6/secrets` reads: "file=PATH", "mock=key=value". */
  readonly secretSources?: readonly string[];
  /** Overrules the script's `options.ext.loadline.warmUp`. */
  readonly warmUpMs: number | undefined;
}

/** From the main thread to the engine. */
export type EngineCommand =
  | { readonly type: "start"; readonly submetrics: readonly SeriesKey[] }
  | { readonly type: "stop"; readonly graceMs: number; readonly reason: string }
  | { readonly type: "summarise"; readonly input: unknown };

/** Why a run ended before its plan did, or what became of it. */
export interface EngineEnd {
  /** Undefined where the plan was carried out. */
  readonly exitCode: ExitCode | undefined;
  readonly reason: string | undefined;
  readonly setupData: unknown;
}

export type Phase = "setup" | "warm-up" | "load" | "teardown";

/** What init code made known. */
export interface Planned {
  readonly plan: Plan;
  readonly hasHandleSummary: boolean;
  /** The built-in metrics and those that init code defined. */
  readonly metrics: readonly Metric[];
}

/** What is said while a run goes: by the script's console, or of it. */
export interface LogLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly text: string;
  /** Written by the script itself. */
  readonly ofConsole?: boolean;
}

/** From the engine to the main thread. */
export type EngineEvent =
  | ({ readonly type: "planned" } & Planned)
  | { readonly type: "problem"; readonly problem: PlainProblem }
  | { readonly type: "preparing"; readonly made: number; readonly of: number }
  | { readonly type: "phase"; readonly phase: Phase; readonly startedAtMs: number }
  | { readonly type: "window"; readonly batch: WindowBatch }
  | { readonly type: "samples"; readonly batch: SampleBatch }
  | ({ readonly type: "log" } & LogLine)
  | { readonly type: "warning"; readonly code: string; readonly text: string }
  | { readonly type: "ended"; readonly end: EngineEnd }
  | { readonly type: "summarised"; readonly files: Readonly<Record<string, string | Uint8Array>> | undefined };

/** A {@link Problem} as plain data: classes do not survive a thread's port. */
export type PlainProblem = Pick<Problem, "code" | "message" | "at" | "expected" | "hint" | "exitCode"> & {
  readonly found?: unknown;
};
