import type { ForeignSample } from "../import/imported.js";
import type { Recorder } from "../measure/recorder.js";
import { builtInMetrics } from "../model/metric.js";
import { type EngineWindow, type WindowBatch, windowMs } from "../model/window.js";

export interface SampleWindowsParts {
  readonly recorder: Recorder;
  /** Samples may arrive this much out of order; what is older counts in a later window. */
  readonly horizonMs: number;
  /** What the samples of one window say of the engine that made them. */
  engineOf(samples: readonly ForeignSample[], startMs: number, lengthMs: number, last: boolean): EngineWindow;
  onWindow(batch: WindowBatch): void;
}

/** Sorts another engine's samples into windows of a second, by the time that they carry. */
export class SampleWindows {
  private readonly waiting = new Map<number, ForeignSample[]>();
  private baseMs: number | undefined;
  private next = 0;
  /** Wall clock of the latest sample, milliseconds since the epoch. */
  latestMs = 0;
  /** Samples that came after their window had been closed. */
  late = 0;

  constructor(private readonly parts: SampleWindowsParts) {}

  get hasBegun(): boolean {
    return this.baseMs !== undefined;
  }

  /** The first window begins here; samples from before, such as setup's, count in it. */
  begin(baseMs: number): void {
    this.baseMs = baseMs;
    const early = this.waiting.get(0) ?? [];
    this.waiting.clear();
    for (const sample of early) this.place(sample, baseMs);
    this.closeDue(baseMs);
  }

  put(sample: ForeignSample): void {
    if (sample.timeMs > this.latestMs) this.latestMs = sample.timeMs;
    if (this.baseMs === undefined) {
      this.keep(0, sample);
      return;
    }
    this.place(sample, this.baseMs);
    this.closeDue(this.baseMs);
  }

  /** Closes what is open, the last window at the latest sample. */
  end(): void {
    if (this.baseMs === undefined) this.begin(this.latestMs);
    const lastIndex = Math.max(this.next, Math.floor((this.latestMs - this.baseMs!) / windowMs));
    for (; this.next < lastIndex; this.next += 1) this.close(this.next, windowMs, false);
    this.close(this.next, Math.max(1, this.latestMs - this.baseMs! - this.next * windowMs), true);
  }

  private place(sample: ForeignSample, baseMs: number): void {
    const due = Math.max(0, Math.floor((sample.timeMs - baseMs) / windowMs));
    if (due < this.next) this.late += 1;
    this.keep(Math.max(this.next, due), sample);
  }

  private closeDue(baseMs: number): void {
    while (this.latestMs - baseMs - (this.next + 1) * windowMs > this.parts.horizonMs) {
      this.close(this.next, windowMs, false);
      this.next += 1;
    }
  }

  private keep(index: number, sample: ForeignSample): void {
    const list = this.waiting.get(index);
    if (list === undefined) this.waiting.set(index, [sample]);
    else list.push(sample);
  }

  private close(index: number, lengthMs: number, last: boolean): void {
    const { recorder, engineOf, onWindow } = this.parts;
    const samples = this.waiting.get(index) ?? [];
    this.waiting.delete(index);
    for (const sample of samples) record(recorder, sample);
    const { newSeries, values, checks, newGroups } = recorder.closeWindow();
    const startMs = index * windowMs;
    const engine = engineOf(samples, startMs, lengthMs, last);
    onWindow({ index, startMs, lengthMs, newSeries, values, checks, newGroups, engine, last });
  }
}

function record(recorder: Recorder, { metric, value, tags }: ForeignSample): void {
  if (metric.name === builtInMetrics.checks.name && tags.check !== undefined) {
    recorder.addCheck(tags.check, tags.group ?? "", value !== 0, recorder.tagSet(tags));
    return;
  }
  // k6 makes a sample of a group when it leaves it, and none of what it is nested in before that.
  if (metric.name === builtInMetrics.group_duration.name && tags.group !== undefined) recorder.enterGroup(tags.group);
  recorder.add(metric, value, recorder.tagSet(tags));
}
