import type { Metric, Tags } from "../model/metric.js";
import type { SampleBatch } from "../model/sample-batch.js";

/** Turns batches of samples into a file's text. */
export interface SampleFormat {
  /** Before the first sample. */
  readonly head: string;
  /** The lines of a batch, each ended by a newline. */
  lines(batch: SampleBatch): string;
}

/** A metric's part that a threshold asks for, `http_req_duration{status:200}`. */
export interface Submetric {
  readonly name: string;
  /** What stands in the braces. */
  readonly suffix: string;
  readonly tags: Tags;
}

/** What a format may say about a run besides its samples. */
export interface FormatContext {
  /** Enabled system tags, in any order. */
  readonly systemTags: readonly string[];
  /** By metric: an expression, or an object where it may end the run. */
  readonly thresholdsOf: (metric: Pick<Metric, "name">) => readonly (string | object)[];
  readonly submetricsOf: (metric: Pick<Metric, "name">) => readonly Submetric[];
}
