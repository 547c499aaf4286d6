import { existsSync } from "node:fs";
import { join } from "node:path";
import type { z } from "zod";
import type { HistogramData } from "../model/histogram.js";
import { Problem } from "../model/problem.js";
import { type CounterWindow, type RunManifest, type RunRecord, runManifestSchema } from "../model/run.js";
import type { ResourceSample } from "../model/window.js";
import { decodeHistogram } from "./codec.js";
import { runFiles } from "./folder.js";
import { readWindowsLog } from "./histories.js";
import { readJsonFile } from "./json-file.js";
import { counterWindowSchema, resourceSampleSchema } from "./lines.js";
import { forEachLine } from "./log-lines.js";
import { expectedWords } from "./plain-issue.js";

export interface ReadRunOptions {
  /** False leaves the window log and the resource samples unread where the manifest sums them up: ten times faster. Default true. */
  readonly histories?: boolean;
}

/**
 * Reads a run folder, also one whose process was killed.
 *
 * `run.json` must be whole. In the logs every good line counts and every bad one is noted in `damage` with its number.
 * A run that was cut off gets its totals from the log; its summary and load figures stay undefined.
 * Histograms of `histories` are decoded when they are looked at.
 *
 * @throws {Problem} `run.not-found`, or `run.unreadable`, `run.not-json`, `run.invalid` with place, found and expected
 */
export function readRun(folder: string, { histories = true }: ReadRunOptions = {}): RunRecord {
  const manifest = readManifest(folder);
  const counters = readLines<CounterWindow>(join(folder, runFiles.counters), counterWindowSchema);
  const stored = storedTotals(folder, manifest);
  const ends = [...endNotes(manifest, counters.values), ...counters.notes];
  if (!histories && stored.size > 0) {
    return {
      ...{ folder, manifest, histories: new Map(), totals: stored, windows: counters.values, resources: [] },
      damage: ends,
    };
  }
  const resources = readLines<ResourceSample>(join(folder, runFiles.resources), resourceSampleSchema);
  const damage = [...ends, ...resources.notes];
  const log = readWindowsLog(folder, stored.size === 0);
  return {
    folder,
    manifest,
    histories: log.histories,
    totals: stored.size > 0 ? stored : log.totals,
    windows: counters.values,
    resources: resources.values,
    series: log.series,
    damage: [...damage, ...log.notes.all],
  };
}

/** `run.json` alone. @throws {Problem} as {@link readRun} */
export function readManifest(folder: string): RunManifest {
  const path = join(folder, runFiles.manifest);
  if (!existsSync(path)) {
    throw new Problem("run.not-found", `${folder} is no run folder.`, {
      at: folder,
      found: `no ${runFiles.manifest}`,
      expected: "a folder that `loadline run` wrote",
      hint: "Name a folder below reports/, or a scenario for its latest run.",
    });
  }
  return readJsonFile(path, runManifestSchema, "run", "Take the file from a backup, or make the run again.");
}

function storedTotals(folder: string, manifest: RunManifest): ReadonlyMap<string, HistogramData> {
  const path = join(folder, runFiles.manifest);
  return new Map(
    Object.entries(manifest.totals).map(([name, text]) => [name, decodeHistogram(text, `${path}: totals.${name}`)]),
  );
}

function readLines<T>(path: string, schema: z.ZodType): { values: T[]; notes: readonly string[] } {
  const values: T[] = [];
  const notes = forEachLine(path, (bytes, from, to) => {
    const parsed = schema.safeParse(parseJson(bytes.toString("utf8", from, to)));
    if (!parsed.success) {
      const issue = parsed.error.issues[0]!;
      throw new Error(`${issue.path.map(String).join(".") || "The line"}: ${expectedWords(issue)} was expected.`);
    }
    // The schema is this type's own.
    values.push(parsed.data as T);
  });
  return { values, notes: notes.all };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error("This is no JSON.");
  }
}

function endNotes(manifest: RunManifest, windows: readonly CounterWindow[]): string[] {
  if (manifest.status !== "running") return [];
  const last = windows.at(-1);
  const until = last === undefined ? "no window" : `${((last.startMs + last.lengthMs) / 1000).toFixed(0)} s`;
  return [`${runFiles.manifest}: the run has no end: it still goes on, or its process was killed. Recorded: ${until}.`];
}
