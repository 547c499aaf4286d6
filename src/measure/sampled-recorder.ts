import { builtInMetrics, type Metric, type Tags } from "../model/metric.js";
import type { SampleBatch } from "../model/sample-batch.js";
import type { HttpSample, TagSet } from "../model/vu.js";
import { type RecordedWindow, Recorder } from "./recorder.js";

/** Samples of one batch: a few hundred kilobytes. */
const batchLimit = 8192;
const noTags: Tags = {};

export interface SampledRecorderParts {
  readonly onWarning: (code: string, message: string) => void;
  /** The engine's monotonic clock, milliseconds. */
  readonly clock: () => number;
  /** Gets every sample once; the arrays are the receiver's to keep. */
  readonly onBatch: (batch: SampleBatch) => void;
}

/**
 * A recorder that also hands on each sample, for `--out`.
 *
 * A class of its own, so that a run without outputs pays nothing: not even a test in the hot path.
 */
export class SampledRecorder extends Recorder {
  private readonly clock: () => number;
  private readonly onBatch: (batch: SampleBatch) => void;
  /** What turns the engine's clock into wall time. */
  private readonly epochMs: number;
  private readonly metricIds = new Map<Metric, number>();
  private readonly tagIds = new Map<Tags, number>();
  private metric = new Uint16Array(batchLimit);
  private tag = new Uint32Array(batchLimit);
  private timeMs = new Float64Array(batchLimit);
  private value = new Float64Array(batchLimit);
  private count = 0;

  constructor({ onWarning, clock, onBatch }: SampledRecorderParts) {
    super(onWarning);
    this.clock = clock;
    this.onBatch = onBatch;
    this.epochMs = Date.now() - clock();
  }

  override add(metric: Metric, value: number, tags: TagSet): void {
    super.add(metric, value, tags);
    if (Number.isFinite(value)) this.keep(metric, value, tags.tags, this.clock());
  }

  override addHttp(sample: HttpSample, latenessMs: number, tags: TagSet): void {
    super.addHttp(sample, latenessMs, tags);
    const m = builtInMetrics;
    const at = sample.endMs;
    const set = tags.tags;
    this.keep(m.http_reqs, 1, set, at);
    this.keep(m.http_req_duration, sample.sendingMs + sample.waitingMs + sample.receivingMs, set, at);
    this.keep(m.http_req_blocked, sample.blockedMs, set, at);
    this.keep(m.http_req_connecting, sample.connectingMs, set, at);
    this.keep(m.http_req_tls_handshaking, sample.tlsHandshakingMs, set, at);
    this.keep(m.http_req_sending, sample.sendingMs, set, at);
    this.keep(m.http_req_waiting, sample.waitingMs, set, at);
    this.keep(m.http_req_receiving, sample.receivingMs, set, at);
    this.keep(m.data_sent, sample.sentBytes, set, at);
    this.keep(m.data_received, sample.receivedBytes, set, at);
    this.keep(m.http_req_response_time, sample.endMs - sample.startMs + latenessMs, set, at);
    if (sample.failed !== undefined) this.keep(m.http_req_failed, sample.failed ? 1 : 0, set, at);
  }

  override addCheck(name: string, groupPath: string, ok: boolean, tags: TagSet): void {
    super.addCheck(name, groupPath, ok, tags);
    this.keep(builtInMetrics.checks, ok ? 1 : 0, tags.tags, this.clock());
  }

  override addPlain(metric: Metric, value: number): void {
    super.addPlain(metric, value);
    this.keep(metric, value, noTags, this.clock());
  }

  override closeWindow(): RecordedWindow {
    this.flush();
    return super.closeWindow();
  }

  override discard(): void {
    super.discard();
    this.forget();
  }

  private keep(metric: Metric, value: number, tags: Tags, atMs: number): void {
    const i = this.count;
    this.metric[i] = idOf(this.metricIds, metric);
    this.tag[i] = idOf(this.tagIds, tags);
    this.timeMs[i] = this.epochMs + atMs;
    this.value[i] = value;
    this.count = i + 1;
    if (this.count === batchLimit) this.flush();
  }

  private flush(): void {
    const { count } = this;
    if (count === 0) return;
    this.onBatch({
      metrics: [...this.metricIds.keys()],
      tags: [...this.tagIds.keys()],
      metric: this.metric.slice(0, count),
      tag: this.tag.slice(0, count),
      timeMs: this.timeMs.slice(0, count),
      value: this.value.slice(0, count),
    });
    this.forget();
  }

  private forget(): void {
    this.metricIds.clear();
    this.tagIds.clear();
    this.count = 0;
  }
}

function idOf<K>(ids: Map<K, number>, key: K): number {
  let id = ids.get(key);
  if (id === undefined) {
    id = ids.size;
    ids.set(key, id);
  }
  return id;
}
