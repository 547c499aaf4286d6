import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { seriesName } from "../model/metric.js";
import { Problem } from "../model/problem.js";
import type { RunManifest } from "../model/run.js";
import type { ResourceSample, Series, WindowBatch } from "../model/window.js";
import { AppendLog } from "./append-log.js";
import { writeFileAtomic } from "./atomic.js";
import { folderName, newRunId, runFiles } from "./folder.js";
import { intervalLine, logHead, seriesComment } from "./interval-log.js";
import { counterLine, resourceLine } from "./lines.js";
import { makeFolders } from "./make-folders.js";

export interface RunWriterOptions {
  readonly reportsDir: string;
  readonly manifest: RunManifest;
  /** Told once, when the first write fails (a full disk); the run may go on or be ended, {@link RunWriter.finish} repeats it. */
  readonly onError?: (problem: Problem) => void;
  /** Called between the parts of a window: one is milliseconds of work, and a load on the same core cannot wait for them. */
  readonly breathe?: () => void;
}

/**
 * Writes a run folder: the manifest at both ends, and three logs that grow by whole lines every second.
 *
 * A process killed at any moment leaves every line that was appended, at worst one torn line at the end.
 */
export class RunWriter {
  /** The first failure to write, if any. */
  failure: Problem | undefined;
  private readonly series = new Map<number, Series>();
  private readonly names = new Map<number, string>();
  private readonly lineStarts = new Map<number, number>();
  private finished = false;
  private checkpoints: Promise<void> = Promise.resolve();
  private begun = false;

  private constructor(
    /** Absolute or relative as `reportsDir` was. */
    readonly folder: string,
    /** The manifest's, unless a folder of that name existed: then one with other digits at the end. */
    readonly id: string,
    private readonly windows: AppendLog,
    private readonly counters: AppendLog,
    private readonly resources: AppendLog,
    private readonly onError: (problem: Problem) => void,
    private readonly breathe: () => void,
  ) {}

  /**
   * Makes `reportsDir/<scenario>/<id>/` with the manifest and empty logs, before any load starts.
   *
   * @throws {Problem} `record.not-writable` with the path and what the system said; nothing is left behind
   */
  static async create({
    reportsDir,
    manifest,
    onError = () => {},
    breathe = () => {},
  }: RunWriterOptions): Promise<RunWriter> {
    const parent = join(reportsDir, folderName(manifest.scenario));
    let made: string | undefined;
    const logs: AppendLog[] = [];
    try {
      await makeFolders(parent);
      const id = await makeFolder(parent, manifest);
      made = join(parent, id);
      await writeFileAtomic(join(made, runFiles.manifest), manifestText({ ...manifest, id }));
      const open = (file: string): AppendLog => {
        const log = new AppendLog(join(parent, id, file));
        logs.push(log);
        return log;
      };
      const windows = open(runFiles.windows);
      windows.append(logHead(Date.parse(manifest.startedAt)));
      return new RunWriter(made, id, windows, open(runFiles.counters), open(runFiles.resources), onError, breathe);
    } catch (error) {
      for (const log of logs) closeQuietly(log);
      if (made !== undefined) await rm(made, { recursive: true, force: true }).catch(() => {});
      throw notWritable(made ?? parent, error);
    }
  }

  /**
   * Appends a window. A value of a series with `windowsPerLine` n > 1 must be the merged one of all windows since the
   * last multiple of n, and its line spans those.
   */
  writeWindow(batch: WindowBatch): void {
    const { index, startMs, lengthMs } = batch;
    this.begun = true;
    let text = "";
    for (const series of batch.newSeries) {
      this.series.set(series.id, series);
      this.names.set(series.id, seriesName(series));
      text += seriesComment(series);
      if (!this.lineStarts.has(series.windowsPerLine)) this.lineStarts.set(series.windowsPerLine, startMs);
    }
    for (const perLine of this.lineStarts.keys()) {
      if (index % perLine === 0) this.lineStarts.set(perLine, startMs);
    }
    for (const { id, value } of batch.values) {
      if (value.kind !== "trend" || value.histogram.count === 0) continue;
      const lineStartMs = this.lineStarts.get(this.series.get(id)?.windowsPerLine ?? 1) ?? startMs;
      text += intervalLine(id, lineStartMs, startMs + lengthMs - lineStartMs, value.histogram);
      this.breathe();
    }
    // Counters first: a window that has latencies then also has its counts.
    this.append(this.counters, counterLine(batch, this.names));
    this.append(this.windows, text);
  }

  writeResources(samples: readonly ResourceSample[]): void {
    this.append(this.resources, samples.map(resourceLine).join(""));
  }

  /** Tries once more what could not be written; every append is already with the system when it returns. */
  flush(): void {
    for (const log of this.logs()) this.append(log, "");
  }

  /**
   * Replaces the manifest while the run goes on, so that a killed run keeps what no log holds, such as its warnings.
   *
   * A failure is told as that of an append.
   *
   * @param manifest still `running`
   */
  checkpoint(manifest: RunManifest): void {
    if (this.finished) return;
    const path = join(this.folder, runFiles.manifest);
    const write = (): Promise<void> => writeFileAtomic(path, manifestText({ ...manifest, id: this.id }));
    this.checkpoints = this.checkpoints.then(write).catch((error: unknown) => {
      if (this.failure !== undefined) return;
      this.failure = writeFailed(path, error);
      this.onError(this.failure);
    });
  }

  /**
   * Closes the logs and replaces the manifest.
   *
   * @param manifest its id is overruled by {@link RunWriter.id}
   * @throws {Problem} `record.write-failed` where anything could not be written, after everything was tried
   */
  async finish(manifest: RunManifest): Promise<void> {
    if (this.finished) return;
    this.finished = true;
    await this.checkpoints;
    this.flush();
    const lost = this.logs().reduce((sum, log) => sum + log.droppedLines, 0);
    let failed: unknown = this.logs().some((log) => log.unwritten || log.droppedLines > 0) ? this.failure : undefined;
    for (const log of this.logs()) {
      try {
        log.close();
      } catch (error) {
        failed ??= writeFailed(log.path, error);
      }
    }
    const path = join(this.folder, runFiles.manifest);
    try {
      await writeFileAtomic(path, manifestText({ ...manifest, id: this.id }));
    } catch (error) {
      failed ??= writeFailed(path, error);
    }
    if (failed instanceof Problem) throw lost > 0 ? writeFailed(failed.at ?? path, failed, lost) : failed;
  }

  /**
   * Gives up a run that never came to {@link finish}: a folder without a window is removed, and one with windows
   * stays as a killed run's would, readable and without an end. Never throws.
   */
  async abandon(): Promise<void> {
    if (this.finished) return;
    this.flush();
    this.finished = true;
    await this.checkpoints;
    for (const log of this.logs()) closeQuietly(log);
    if (!this.begun) await rm(this.folder, { recursive: true, force: true }).catch(() => {});
  }

  private append(log: AppendLog, lines: string): void {
    if (this.finished && lines !== "") return;
    try {
      log.append(lines);
    } catch (error) {
      if (this.failure !== undefined) return;
      this.failure = writeFailed(log.path, error);
      this.onError(this.failure);
    }
  }

  private logs(): readonly AppendLog[] {
    return [this.windows, this.counters, this.resources];
  }
}

async function makeFolder(parent: string, manifest: RunManifest): Promise<string> {
  let id = folderName(manifest.id);
  for (let tries = 1; ; tries += 1) {
    try {
      await mkdir(join(parent, id));
      return id;
    } catch (error) {
      if (codeOf(error) !== "EEXIST" || tries === 8) throw error;
      id = newRunId(Date.parse(manifest.startedAt));
    }
  }
}

function manifestText(manifest: RunManifest): string {
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}

function closeQuietly(log: AppendLog): void {
  try {
    log.close();
  } catch {
    // The failure that brought us here is the one to report.
  }
}

const remedies: Readonly<Record<string, string>> = {
  ENOSPC: "Free some space on that disk, or write elsewhere with --reports DIR.",
  EDQUOT: "Free some of your disk quota, or write elsewhere with --reports DIR.",
  EROFS: "The file system is read-only; write elsewhere with --reports DIR.",
  EACCES: "Give yourself the right to write there, or write elsewhere with --reports DIR.",
  EPERM: "Give yourself the right to write there, or write elsewhere with --reports DIR.",
  ENOTDIR: "A part of that path is a file; move it, or write elsewhere with --reports DIR.",
  EEXIST: "A part of that path is a file; move it, or write elsewhere with --reports DIR.",
  ENAMETOOLONG: "The path is too long; write elsewhere with --reports DIR.",
};

function notWritable(path: string, cause: unknown): Problem {
  return new Problem("record.not-writable", `The run folder ${path} cannot be written.`, {
    at: path,
    found: messageOf(cause),
    expected: "a folder that can be written",
    hint: remedies[codeOf(cause)] ?? "Write elsewhere with --reports DIR.",
    cause,
  });
}

function writeFailed(path: string, cause: unknown, lost = 0): Problem {
  const what = lost > 0 ? ` ${lost} lines found no room and are lost.` : "";
  return new Problem("record.write-failed", `The run could not be recorded in full.${what}`, {
    at: path,
    found: cause instanceof Problem ? cause.found : messageOf(cause),
    hint: `What was written before stays readable. ${remedies[codeOf(cause)] ?? "Check the disk."}`,
    cause,
  });
}

function codeOf(error: unknown): string {
  if (error instanceof Problem) return codeOf(error.cause);
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
