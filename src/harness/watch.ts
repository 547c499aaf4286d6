import { setTimeout as wait } from "node:timers/promises";
import { readEnvironment } from "../baseline/fingerprint.js";
import type { StopRule } from "../compare/stop-rules.js";
import { type ExitCode, exitCodes, Problem } from "../model/problem.js";
import { redactCommand, redactValue } from "../model/redact.js";
import type { RunManifest } from "../model/run.js";
import type { ResourceSample } from "../model/window.js";
import { RunWriter } from "../record/writer.js";
import { begunManifest } from "./begun-manifest.js";
import type { WatchedCommand, WatchedPid } from "./run-request.js";
import type { WatchedSources } from "./sources.js";
import { TargetWatch } from "./target-watch.js";

export interface WatchRequest {
  /** The scenario's name in the run folder's path. */
  readonly name: string;
  readonly durationMs: number;
  readonly pids: readonly WatchedPid[];
  readonly commands: readonly WatchedCommand[];
  readonly sources: WatchedSources;
  readonly stopWhen: readonly StopRule[];
  readonly labels: Readonly<Record<string, string>>;
  readonly reportsDir: string;
  readonly argv: readonly string[];
}

export interface WatchObserver {
  started(folder: string): void;
  /** Once a second, with the first source's newest sample. */
  progress(elapsedMs: number, plannedMs: number, latest: ResourceSample | undefined, growth: string | undefined): void;
  log(level: "info" | "warn", text: string): void;
}

export interface WatchOutcome {
  readonly folder: string;
  readonly manifest: RunManifest;
  readonly exitCode: ExitCode;
}

const stepMs = 1000;

/**
 * Watches a target without any load of our own, into a run folder like any other.
 *
 * @throws {Problem} `watch.nothing` where nothing was named; as the sources do
 */
export function startWatch(
  request: WatchRequest,
  observer: WatchObserver,
): { readonly outcome: Promise<WatchOutcome>; stop(reason: string): void } {
  const stopping = new AbortController();
  let stopReason: string | undefined;
  const stop = (reason: string): void => {
    stopReason ??= reason;
    stopping.abort();
  };
  return { outcome: drive(), stop };

  async function drive(): Promise<WatchOutcome> {
    const warnings: string[] = [];
    const watch = await TargetWatch.open(request, (text) => {
      warnings.push(text);
      observer.log("warn", text);
    });
    let writer: RunWriter | undefined;
    try {
      if (watch.sourceCount === 0) throw nothingToWatch();
      const manifest = makeManifest(request);
      writer = await RunWriter.create({
        reportsDir: request.reportsDir,
        manifest,
        onError: (problem) => stop(problem.message),
      });
      observer.started(writer.folder);
      watch.onCrossed = stop;
      const startMs = performance.now();
      watch.begin();
      for (let elapsedMs = 0; elapsedMs < request.durationMs && !stopping.signal.aborted; ) {
        const nextMs = Math.min(elapsedMs + stepMs, request.durationMs);
        await wait(Math.max(0, nextMs - (performance.now() - startMs)), undefined, { signal: stopping.signal }).catch(
          () => {},
        );
        elapsedMs = stopping.signal.aborted ? performance.now() - startMs : nextMs;
        writer.writeResources(watch.take());
        observer.progress(elapsedMs, request.durationMs, watch.latest, watch.growthSoFar);
      }
      await watch.endSampling();
      writer.writeResources(watch.take());
      await watch.close(writer.folder);
      const exitCode = stopReason === undefined ? exitCodes.ok : exitCodes.signal;
      const complete: RunManifest = {
        ...manifest,
        id: writer.id,
        endedAt: new Date().toISOString(),
        status: stopReason === undefined ? "complete" : "interrupted",
        exitCode,
        ...(stopReason === undefined ? {} : { endReason: stopReason }),
        validity: { state: "valid", reasons: [] },
        resources: watch.summary(),
        leaks: watch.leaks(),
        warnings,
      };
      await writer.finish(complete);
      return { folder: writer.folder, manifest: complete, exitCode };
    } catch (error) {
      await watch.close(writer?.folder);
      await writer?.abandon();
      throw error;
    }
  }
}

function makeManifest(request: WatchRequest): RunManifest {
  return begunManifest({
    scenario: request.name,
    script: { path: "", sha256: "", files: [] },
    command: [...redactCommand(request.argv)],
    options: {},
    optionsDigest: "",
    environment: readEnvironment(),
    labels: redactValue(request.labels),
  });
}

function nothingToWatch(): Problem {
  return new Problem("watch.nothing", "Nothing was named to watch.", {
    expected: "--pid, --command, --cgroup, --container, --metrics-url or --prometheus",
    hint: "Example: loadline watch --pid 4711 --duration 1h",
    exitCode: exitCodes.usage,
  });
}
