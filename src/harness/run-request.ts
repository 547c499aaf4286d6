import type { StopRule } from "../compare/stop-rules.js";
import type { Decision } from "../model/comparison.js";
import type { Plan } from "../model/options.js";
import type { ExitCode } from "../model/problem.js";
import type { RunManifest } from "../model/run.js";
import type { OutputSpec } from "../output/sample-file.js";
import type { K6Request } from "./k6-arguments.js";
import type { ProbePlan } from "./probes.js";
import type { LogLine } from "./protocol.js";
import type { WatchedSources } from "./sources.js";

export interface WatchedPid {
  readonly name: string;
  readonly pid: number;
}

export interface WatchedCommand {
  readonly name: string;
  /** Words of the user's, never run by a shell. */
  readonly command: string;
  /** Answered with any status below 500, the target is ready. */
  readonly readyUrl: string | undefined;
}

/** One run as asked for: what to drive, with what options, what to watch, where to keep it. */
export interface RunRequest {
  readonly script: string;
  /** `__ENV`, as given for this run. */
  readonly env: Readonly<Record<string, string>>;
  /** The shell's variables, below what is given and below the URL of a target that we start. */
  readonly shellEnv?: Readonly<Record<string, string>>;
  /** Raw option layers in k6's shape, lowest first. */
  readonly layers: {
    readonly config: Readonly<Record<string, unknown>>;
    readonly env: Readonly<Record<string, unknown>>;
    readonly flags: Readonly<Record<string, unknown>>;
  };
  readonly labels: Readonly<Record<string, string>>;
  readonly reportsDir: string;
  readonly pids: readonly WatchedPid[];
  readonly commands: readonly WatchedCommand[];
  /** What else is watched: groups, containers, metrics pages, a Prometheus. */
  readonly sources?: WatchedSources | undefined;
  /** Rules that end the run early, with results. */
  readonly stopWhen?: readonly StopRule[] | undefined;
  /** Watching goes on for so long after the load. */
  readonly drainMs?: number | undefined;
  /** The command line as typed; secrets are removed before it is kept. */
  readonly argv: readonly string[];
  readonly noThresholds: boolean;
  /** What `k6/secrets` reads: "file=PATH", "mock=key=value". */
  readonly secretSources?: readonly string[];
  /** Probes beside the load; a run with failing ones ends with 113 where nothing worse is the matter. */
  readonly probes?: ProbePlan | undefined;
  /** Names of all probes that the config has, asked or not. */
  readonly declaredProbes?: readonly string[] | undefined;
  /** Files that get every sample. */
  readonly outputs?: readonly OutputSpec[];
  /** Drive the load with k6 instead of our own engine. */
  readonly k6?: K6Request | undefined;
  /** Load that is not measured, before the run; undefined leaves it to the script. */
  readonly warmUpMs?: number | undefined;
  /** "compact" unless given. */
  readonly summaryMode?: SummaryMode | undefined;
  /** Whether the user wants no colours; scripts that make a summary of their own are told. */
  readonly noColor?: boolean | undefined;
}

/**
 * How much the end of a run says: `full` adds each scenario's figures, `legacy` is the one long list that `compact`
 * is here, too; `disabled` leaves out the summary, `handleSummary` and `--summary-export`.
 */
export const summaryModes = ["compact", "full", "legacy", "disabled"] as const;
export type SummaryMode = (typeof summaryModes)[number];

/** What a progress line shows, once a window. */
export interface Progress {
  readonly elapsedMs: number;
  readonly plannedMs: number;
  readonly plannedRate: number;
  readonly achievedRate: number;
  readonly dropped: number;
  readonly vus: number;
  readonly vusBusy: number;
  /** Response time of this window, milliseconds; undefined where no request ended. */
  readonly p95Ms: number | undefined;
  /** Failed requests over all, so far. */
  readonly errorRatio: number;
  /** Of the first watched source. */
  readonly targetRssBytes: number | undefined;
  readonly targetCpuCores: number | undefined;
  /** What can be said of its growth so far, in words; refreshed each minute. */
  readonly targetGrowth?: string | undefined;
}

export interface RunObserver {
  planned(plan: Plan, folder: string): void;
  preparing(made: number, of: number): void;
  phase(phase: "setup" | "warm-up" | "load" | "teardown"): void;
  progress(progress: Progress): void;
  /** Every few minutes of a long run: how it stands, for good. */
  checkpoint?(text: string): void;
  /** @param ofConsole written by the script itself */
  log(level: LogLine["level"], text: string, ofConsole?: boolean): void;
}

export interface RunOutcome {
  readonly folder: string;
  readonly manifest: RunManifest;
  readonly decision: Decision;
  readonly exitCode: ExitCode;
  /** What the script's handleSummary gave, by file name; undefined where it has none. */
  readonly summaryFiles: Readonly<Record<string, string | Uint8Array>> | undefined;
  readonly summaryExport: unknown;
}
