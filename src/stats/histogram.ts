import type { HistogramData } from "../model/histogram.js";

// HdrHistogram's layout for three significant digits: 2048 exact buckets, then 1024 for each doubling.
const exact = 2048;
const half = 1024;

/**
 * The bucket of a value in HdrHistogram's layout (lowest discernible value 1, three significant digits).
 *
 * @param value an integer >= 0; beyond 2^52 precision is lost
 */
export function bucketOf(value: number): number {
  if (value < exact) return value;
  if (value < 0x8000_0000) {
    const shift = 21 - Math.clz32(value);
    return shift * half + (value >>> shift);
  }
  let shift = 21;
  while (value >= exact * 2 ** shift) shift += 1;
  return shift * half + Math.floor(value / 2 ** shift);
}

/** The lowest value that falls into a bucket. */
export function bucketStart(bucket: number): number {
  if (bucket < exact) return bucket;
  const shift = Math.floor(bucket / half) - 1;
  return (bucket - shift * half) * 2 ** shift;
}

/** How many neighbouring integers share a bucket. */
export function bucketWidth(bucket: number): number {
  return bucket < exact ? 1 : 2 ** (Math.floor(bucket / half) - 1);
}

/** The value that stands for a bucket: its middle, as HdrHistogram's median equivalent value. */
export function bucketMiddle(bucket: number): number {
  return bucketStart(bucket) + Math.floor(bucketWidth(bucket) / 2);
}

/**
 * Counts of non-negative integers with 0.1 % resolution, mergeable without loss.
 *
 * Recording costs an index and an increment. Memory grows with the largest value only: 16 kB up to 4,096 µs,
 * 90 kB up to an hour in µs.
 */
export class Histogram implements HistogramData {
  readonly from = 0;
  counts: Float64Array;
  count = 0;
  sum = 0;
  min = 0;
  max = 0;

  constructor(buckets = 3 * half) {
    this.counts = new Float64Array(buckets);
  }

  static of(data: HistogramData): Histogram {
    const histogram = new Histogram(Math.max(half, data.from + data.counts.length));
    histogram.merge(data);
    return histogram;
  }

  /** @param value rounded to an integer; below 0 counts as 0 */
  record(value: number, times = 1): void {
    const integer = value > 0 ? Math.round(value) : 0;
    const bucket = bucketOf(integer);
    if (bucket >= this.counts.length) this.growTo(bucket);
    this.counts[bucket]! += times;
    if (this.count === 0 || integer < this.min) this.min = integer;
    if (integer > this.max) this.max = integer;
    this.sum += value > 0 ? value * times : 0;
    this.count += times;
  }

  merge(other: HistogramData): void {
    if (other.count === 0) return;
    const last = other.from + other.counts.length - 1;
    if (last >= this.counts.length) this.growTo(last);
    for (let i = 0; i < other.counts.length; i += 1) this.counts[other.from + i]! += other.counts[i]!;
    if (this.count === 0 || other.min < this.min) this.min = other.min;
    if (other.max > this.max) this.max = other.max;
    this.sum += other.sum;
    this.count += other.count;
  }

  clear(): void {
    if (this.count === 0) return;
    this.counts.fill(0, bucketOf(this.min), bucketOf(this.max) + 1);
    this.count = 0;
    this.sum = 0;
    this.min = 0;
    this.max = 0;
  }

  /** A compact copy: only the buckets between min and max, each as narrow as the largest count allows. */
  toData(): HistogramData {
    if (this.count === 0) return emptyHistogram;
    const from = bucketOf(this.min);
    const used = this.counts.subarray(from, bucketOf(this.max) + 1);
    let largest = 0;
    for (let i = 0; i < used.length; i += 1) if (used[i]! > largest) largest = used[i]!;
    const Cells = cellsFor(largest);
    return {
      from,
      counts: new Cells(used),
      count: this.count,
      sum: this.sum,
      min: this.min,
      max: this.max,
    };
  }

  private growTo(bucket: number): void {
    const grown = new Float64Array((Math.floor(bucket / half) + 2) * half);
    grown.set(this.counts);
    this.counts = grown;
  }
}

/** Cells for counts up to the largest: a histogram is mostly zeros, and a second has a dozen of them. */
export function cellsFor(largest: number): Uint8ArrayConstructor | Uint32ArrayConstructor | Float64ArrayConstructor {
  return largest <= 0xff ? Uint8Array : largest <= 0xffff_ffff ? Uint32Array : Float64Array;
}

export const emptyHistogram: HistogramData = { from: 0, counts: [], count: 0, sum: 0, min: 0, max: 0 };

/** The sum of several histograms. */
export function mergeHistograms(parts: Iterable<HistogramData>): Histogram {
  const whole = new Histogram();
  for (const part of parts) whole.merge(part);
  return whole;
}

/**
 * A quantile by linear interpolation at rank q × (n − 1), k6's definition, within the bucket's 0.1 %.
 *
 * @param q from 0 to 1
 * @returns in the histogram's unit; 0 for an empty histogram
 */
export function quantile(histogram: HistogramData, q: number): number {
  if (histogram.count === 0) return 0;
  const rank = Math.min(Math.max(q, 0), 1) * (histogram.count - 1);
  const lower = valueAtRank(histogram, Math.floor(rank));
  const fraction = rank - Math.floor(rank);
  if (fraction === 0) return lower;
  return lower + fraction * (valueAtRank(histogram, Math.floor(rank) + 1) - lower);
}

/** The value of the given rank, from 0; exact at both ends. */
function valueAtRank(histogram: HistogramData, rank: number): number {
  if (rank <= 0) return histogram.min;
  if (rank >= histogram.count - 1) return histogram.max;
  let seen = 0;
  for (let i = 0; i < histogram.counts.length; i += 1) {
    seen += histogram.counts[i]!;
    if (seen > rank) {
      const middle = bucketMiddle(histogram.from + i);
      return Math.min(Math.max(middle, histogram.min), histogram.max);
    }
  }
  return histogram.max;
}

/** The exact mean; 0 for an empty histogram. */
export function mean(histogram: HistogramData): number {
  return histogram.count === 0 ? 0 : histogram.sum / histogram.count;
}

/** How many values lie above a limit, to the bucket's resolution. */
export function countAbove(histogram: HistogramData, limit: number): number {
  let above = 0;
  for (let i = histogram.counts.length - 1; i >= 0; i -= 1) {
    if (bucketStart(histogram.from + i) <= limit) break;
    above += histogram.counts[i]!;
  }
  return above;
}
