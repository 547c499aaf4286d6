import { countWords } from "../compare/words.js";
import type { ForeignSample } from "../import/imported.js";
import { k6JsonLines } from "../import/k6-samples.js";
import { Recorder } from "../measure/recorder.js";
import type { SeriesKey } from "../model/metric.js";
import type { Plan } from "../model/options.js";
import { redactText } from "../model/redact.js";
import type { ResourceSample, WindowBatch } from "../model/window.js";
import { watchProcess } from "../monitor/process.js";
import type { Source } from "../monitor/source.js";
import { arrivalsBefore, k6Window } from "./k6-window.js";
import { LineSplitter } from "./line-splitter.js";
import { SampleWindows } from "./sample-windows.js";

export interface K6StreamParts {
  readonly plan: Plan;
  readonly submetrics: readonly SeriesKey[];
  /** Of k6, to watch what it costs. */
  readonly pid: number | undefined;
  onWarning(code: string, text: string): void;
  onWindow(batch: WindowBatch): void;
  /** The load began, at this wall clock. */
  onLoad(startedAtMs: number): void;
}

/** k6 hands its samples on every 200 ms; only a machine without a free core delays them longer than this. */
const horizonMs = 2000;
/** A clock set forward must not make windows without end. */
const futureMs = 60_000;
const otherTextLimit = 1 << 24;
const selfEveryMs = 1000;

/** What k6 writes to stdout, turned into windows while it runs: samples, and what handleSummary prints. */
export class K6Stream {
  /** Lines that are no samples: what handleSummary printed. */
  otherText = "";
  private readonly read = k6JsonLines();
  private readonly lines = new LineSplitter((line) => this.line(line));
  private readonly windows: SampleWindows;
  private readonly dueBefore: (ms: number) => number;
  private readonly self: Source | undefined;
  private readonly timer: NodeJS.Timeout | undefined;
  private newest: ResourceSample | undefined;
  private vus = { vus: 0, vusMax: 0 };
  private broken = 0;
  private firstBroken = "";
  private carriedOut = false;
  private firstLoad: ForeignSample[] = [];

  constructor(private readonly parts: K6StreamParts) {
    const recorder = new Recorder(parts.onWarning);
    for (const key of parts.submetrics) recorder.want(key);
    this.dueBefore = arrivalsBefore(parts.plan);
    this.windows = new SampleWindows({
      recorder,
      horizonMs,
      onWindow: parts.onWindow,
      engineOf: (samples, startMs, lengthMs, last) => {
        // A plan carried out has had all of its arrivals, though the last sample came before the plan's end.
        const end = last && this.carriedOut ? Number.POSITIVE_INFINITY : lengthMs;
        const window = k6Window(samples, { startMs, lengthMs: end }, this.dueBefore, this.vus, this.newest);
        this.vus = { vus: window.vus, vusMax: window.vusMax };
        return window;
      },
    });
    this.self = parts.pid === undefined ? undefined : selfOf(parts.pid);
    if (this.self !== undefined) this.timer = setInterval(() => void this.look(), selfEveryMs);
  }

  push(bytes: Uint8Array): void {
    this.lines.push(bytes);
    this.beginWithLoad();
  }

  /** @param carriedOut k6 did all that was planned */
  end(carriedOut: boolean): void {
    this.carriedOut = carriedOut;
    this.lines.end();
    this.beginWithLoad();
    this.close();
    if (this.windows.hasBegun || this.windows.latestMs > 0) this.windows.end();
    const { late } = this.windows;
    if (late > 0)
      this.parts.onWarning("k6.late", `${countWords(late, "sample")} came late, and counted in a later second.`);
    if (this.broken === 0) return;
    const example = redactText(this.firstBroken.slice(0, 80));
    this.parts.onWarning(
      "k6.lines",
      `${countWords(this.broken, "line")} of k6's samples could not be read, and left out; the first: ${example}`,
    );
  }

  close(): void {
    clearInterval(this.timer);
    this.self?.close();
  }

  private line(line: string): void {
    if (line.trim() === "") {
      if (this.otherText !== "") this.other(line);
      return;
    }
    const found = this.read(line);
    if (found === "definition") return;
    if (found === undefined) {
      if (/^\s*\{"(metric|type)":"/.test(line)) this.unreadable(line);
      else this.other(line);
    } else if (found.timeMs > Date.now() + futureMs) this.unreadable(line);
    else {
      if (!this.windows.hasBegun && isLoad(found)) this.firstLoad.push(found);
      this.windows.put(found);
    }
  }

  private unreadable(line: string): void {
    this.broken += 1;
    if (this.firstBroken === "") this.firstBroken = line;
  }

  private other(line: string): void {
    if (this.otherText.length < otherTextLimit) this.otherText += `${line}\n`;
  }

  /** k6 tells of a request when it ends: the load began before the first sample, by the time that it took. */
  private beginWithLoad(): void {
    if (this.windows.hasBegun || this.firstLoad.length === 0) return;
    const begins = this.firstLoad.map(({ timeMs, metric, value }) =>
      spans.has(metric.name) ? timeMs - value : timeMs,
    );
    const startedAtMs = begins.reduce((first, one) => Math.min(first, one));
    this.firstLoad = [];
    this.parts.onLoad(startedAtMs);
    this.windows.begin(startedAtMs);
  }

  private async look(): Promise<void> {
    const sample = await this.self!.sample(0);
    if (sample.rssBytes !== undefined) this.newest = sample;
  }
}

/** Metrics whose values end at their sample's time. */
const spans = new Set(["http_req_duration", "iteration_duration"]);

/** Neither the VUs that wait to begin nor what setup does. */
function isLoad({ metric, tags }: ForeignSample): boolean {
  return (
    metric.name !== "vus" &&
    metric.name !== "vus_max" &&
    tags.group?.startsWith("::setup") !== true &&
    !isStage(metric.name, tags)
  );
}

/** setup and teardown emit an iteration_duration, and the bytes that they moved, without a scenario. */
function isStage(metric: string, tags: ForeignSample["tags"]): boolean {
  return ["iteration_duration", "data_sent", "data_received"].includes(metric) && tags.scenario === undefined;
}

/** What k6 costs is told where there is a /proc to ask. */
function selfOf(pid: number): Source | undefined {
  try {
    return watchProcess({ name: "k6", pid });
  } catch {
    return undefined;
  }
}
