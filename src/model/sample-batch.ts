import type { Metric, Tags } from "./metric.js";

/**
 * Raw samples in columns, as they leave the engine's thread where an output wants each of them.
 *
 * `metric` and `tag` are indexes into the batch's own tables, so that a reader keeps nothing between batches.
 */
export interface SampleBatch {
  readonly metrics: readonly Metric[];
  readonly tags: readonly Tags[];
  readonly metric: Uint16Array;
  readonly tag: Uint32Array;
  /** Wall clock, milliseconds since the epoch with fractions. */
  readonly timeMs: Float64Array;
  readonly value: Float64Array;
}
