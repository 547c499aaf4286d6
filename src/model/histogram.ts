/**
 * A histogram as plain data, in HdrHistogram's layout with three significant digits from 1 upwards.
 *
 * `counts[i]` counts the values of bucket `from + i`. Values are integers in the series' unit:
 * microseconds for times, thousandths for plain numbers.
 */
export interface HistogramData {
  readonly from: number;
  readonly counts: ArrayLike<number>;
  readonly count: number;
  /** Exact, not rebuilt from buckets; in the same unit as the values. */
  readonly sum: number;
  /** Exact; 0 when count is 0. */
  readonly min: number;
  readonly max: number;
}
