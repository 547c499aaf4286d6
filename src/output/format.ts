import type { Metric } from "../model/metric.js";
import type { SampleBatch } from "../model/sample-batch.js";

/** Turns batches of samples into a file's text. */
export interface SampleFormat {
  /** Before the first sample. */
  readonly head: string;
  /** The lines of a batch, each ended by a newline. */
  lines(batch: SampleBatch): string;
}

/** What a format may say about a run besides its samples. */
export interface FormatContext {
  /** Enabled system tags, in any order. */
  readonly systemTags: readonly string[];
  /** Expressions by metric, as the script wrote them. */
  readonly thresholdsOf: (metric: Metric) => readonly string[];
}
