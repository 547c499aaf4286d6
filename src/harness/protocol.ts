import type { PackedArray } from "../k6/shared-array.js";
import type { PacerLink } from "../load/pacer.js";
import type { RestSign } from "../load/rest-sign.js";
import type { Segments } from "../load/share.js";
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
  /** Where it says when it rests. */
  readonly restSign?: RestSign;
  /** What another thread has made of the script's SharedArrays already. */
  readonly sharedArrays?: Readonly<Record<string, PackedArray>>;
}

/** An engine's place among the workers of a run. */
export interface Teamwork {
  /** One worker runs setup and teardown. */
  readonly isLeader: boolean;
  readonly workers: number;
  readonly segments: Segments;
  /** The ways to the one pacer, whose ports come by transfer; absent where the phase has no due times. */
  readonly pacing: { readonly warmUp: PacerLink | undefined; readonly load: PacerLink | undefined };
  /** Shared memory: the figures of `exec.instance`, a row a worker. */
  readonly instanceRows: Float64Array;
  readonly row: number;
}

/** Where workers wait for one another, in this order; those of the warm-up only where there is one. */
export type Meeting = "prepared" | "set-up" | "warm-up-ready" | "load-ready" | "loaded" | "torn-down";

/** What every worker is told when all have come to a meeting. */
export interface Proceed {
  /** Some worker's run has ended: what comes next is left out. */
  readonly isHalted: boolean;
  /** What setup returned, as JSON. */
  readonly setupText: string | undefined;
  /** When the next phase begins, on the monotonic clock. */
  readonly beginsAtMs: number | undefined;
}

/** From the main thread to the engine. */
export type EngineCommand =
  | { readonly type: "pack" }
  | { readonly type: "start"; readonly submetrics: readonly SeriesKey[]; readonly team?: Teamwork }
  | ({ readonly type: "proceed" } & Proceed)
  | { readonly type: "stop"; readonly graceMs: number; readonly reason: string; readonly exitCode?: ExitCode }
  | { readonly type: "summarise"; readonly input: unknown };

/** Why a run ended before its plan did, or what became of it. */
export interface EngineEnd {
  /** Undefined where the plan was carried out. */
  readonly exitCode: ExitCode | undefined;
  readonly reason: string | undefined;
  readonly setupData: unknown;
  /** The engine found a threshold crossed, at the end of a plan carried out. */
  readonly thresholdsCrossed?: boolean;
}

/** How many iterations threw with the same message. */
export interface ExceptionCount {
  readonly message: string;
  readonly count: number;
}

export type Phase = "setup" | "warm-up" | "load" | "teardown";

/** What init code made known. */
export interface Planned {
  readonly plan: Plan;
  readonly hasHandleSummary: boolean;
  /** The built-in metrics and those that init code defined; undefined where the engine holds thresholds against them. */
  readonly metrics: readonly Metric[] | undefined;
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
  | { readonly type: "packed"; readonly arrays: Readonly<Record<string, PackedArray>> }
  | { readonly type: "met"; readonly at: Meeting; readonly isHalted: boolean; readonly setupText: string | undefined }
  /** The engine ends its run early, for this reason. */
  | { readonly type: "halting"; readonly exitCode: ExitCode; readonly reason: string }
  | { readonly type: "window"; readonly batch: WindowBatch }
  | { readonly type: "samples"; readonly batch: SampleBatch }
  | ({ readonly type: "log" } & LogLine)
  /** The first exception of its kind, with its place in the script. */
  | { readonly type: "exception"; readonly text: string }
  | { readonly type: "warning"; readonly code: string; readonly text: string }
  | { readonly type: "ended"; readonly end: EngineEnd; readonly exceptions: readonly ExceptionCount[] }
  | { readonly type: "summarised"; readonly files: Readonly<Record<string, string | Uint8Array>> | undefined };

/** What of an event is moved to the main thread and not copied: copying its counts was most of what a window cost the engine. */
export function movedOf(event: EngineEvent): ArrayBuffer[] {
  if (event.type !== "window") return [];
  return event.batch.values.flatMap(({ value }) =>
    value.kind === "trend" && ArrayBuffer.isView(value.histogram.counts)
      ? [value.histogram.counts.buffer as ArrayBuffer]
      : [],
  );
}

/** A {@link Problem} as plain data: classes do not survive a thread's port. */
export type PlainProblem = Pick<Problem, "code" | "message" | "at" | "expected" | "hint" | "exitCode"> & {
  readonly found?: unknown;
};
