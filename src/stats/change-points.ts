import { median } from "./median.js";
import { regularisedBeta } from "./special.js";

/** One level that holds from one change to the next. */
export interface Segment {
  /** Index of its first value. */
  readonly from: number;
  /** Index after its last value. */
  readonly to: number;
  readonly mean: number;
}

export interface Change {
  /** Index of the first value of the new level. */
  readonly at: number;
  /** New level less old. */
  readonly size: number;
  readonly standardError: number;
  /** Degrees of freedom of the standard error. */
  readonly df: number;
}

export interface Segmentation {
  readonly segments: readonly Segment[];
  readonly changes: readonly Change[];
  /** Correlation of neighbours around the levels, from 0 to 0.9. */
  readonly phi: number;
}

export interface SegmentOptions {
  /** Chance of a change where there is none, over the whole series; 0.02 unless given. */
  readonly alarm?: number;
  /** Fewest values between two changes; 3 unless given. */
  readonly shortest?: number;
  /** Smaller changes are not told; 0 unless given. */
  readonly smallest?: number;
}

const mostChanges = 10;

/**
 * The levels of a series: optimal partitioning by least squares (Auger and Lawrence 1989), one change after another as
 * long as the next one, or the next two together, gain more than autocorrelated noise does.
 *
 * The noise is taken for AR(1), which inflates the variance of a level by (1 + φ) / (1 − φ) where it is long, and by
 * less where it is short. φ is estimated around the levels of the larger model, because a step that is left in would
 * pass for autocorrelation; it is corrected for the bias of short series and raised by its standard error. The F test
 * pays for all the places that were to choose from (Bonferroni). Lone outliers are drawn to their neighbours first.
 *
 * Costs n² for each change that is tried; 365 values take a few milliseconds.
 *
 * @param values equally spaced in time as far as known, such as logarithms of a latency
 */
export function segment(values: readonly number[], options: SegmentOptions = {}): Segmentation {
  const { alarm = 0.02, shortest = 3, smallest = 0 } = options;
  const tame = clipOutliers(values);
  const most = Math.min(mostChanges, Math.floor(values.length / shortest) - 1);
  const levels = partitions(tame, Math.max(0, most), shortest);
  let chosen = 0;
  for (let next = nextOf(chosen); next !== undefined; next = nextOf(chosen)) chosen = next;
  return withoutSmallChanges(tame, levels[chosen]?.segments ?? [], smallest);

  function nextOf(current: number): number | undefined {
    return [current + 1, current + 2].find((more) => {
      const [fewer, larger] = [levels[current], levels[more]];
      if (fewer === undefined || larger === undefined) return false;
      const places = values.length ** (more - current);
      return pOfNoise(tame, fewer, larger) * places < alarm / 2;
    });
  }
}

/** Joins the levels on both sides of the smallest change until none is too small to matter. */
function withoutSmallChanges(values: readonly number[], segments: readonly Segment[], smallest: number): Segmentation {
  const phi = correlationAround(values, segments, false);
  const changes = changesBetween(values, segments, phi);
  const least = changes.reduce((min, one) => Math.min(min, Math.abs(one.size)), Infinity);
  if (!(least < smallest)) return { segments, changes, phi };
  const at = changes.findIndex((one) => Math.abs(one.size) === least);
  const [left, right] = [segments[at]!, segments[at + 1]!];
  const part = values.slice(left.from, right.to);
  const joined = { from: left.from, to: right.to, mean: part.reduce((sum, one) => sum + one, 0) / part.length };
  return withoutSmallChanges(values, [...segments.slice(0, at), joined, ...segments.slice(at + 2)], smallest);
}

function changesBetween(values: readonly number[], segments: readonly Segment[], phi: number): Change[] {
  if (segments.length < 2) return [];
  const { levels, rss, covariance } = whitenedFit(values, segments, phi);
  const df = Math.max(1, values.length - segments.length);
  return segments.slice(1).map(({ from }, i) => {
    const spread = covariance[i]![i]! + covariance[i + 1]![i + 1]! - 2 * covariance[i]![i + 1]!;
    return { at: from, size: levels[i + 1]! - levels[i]!, standardError: Math.sqrt((rss / df) * spread), df };
  });
}

interface Partition {
  readonly segments: readonly Segment[];
  /** Sum of squares around the levels. */
  readonly rss: number;
}

/** The best partitions with 0, 1, 2 … changes. */
function partitions(values: readonly number[], most: number, shortest: number): Partition[] {
  const n = values.length;
  if (n === 0) return [];
  const sums = new Float64Array(n + 1);
  const squares = new Float64Array(n + 1);
  // Around the first value, so that a large common level costs no digits.
  values.forEach((value, i) => {
    const centred = value - values[0]!;
    sums[i + 1] = sums[i]! + centred;
    squares[i + 1] = squares[i]! + centred * centred;
  });
  const cost = (from: number, to: number) =>
    Math.max(0, squares[to]! - squares[from]! - (sums[to]! - sums[from]!) ** 2 / (to - from));
  const mean = (from: number, to: number) => values[0]! + (sums[to]! - sums[from]!) / (to - from);

  // best[k][i]: the lowest cost of the first i values with k changes; last[k][i]: where the last of those lies.
  let best = Float64Array.from({ length: n + 1 }, (_, i) =>
    i >= shortest || i === n ? cost(0, Math.max(i, 1)) : Infinity,
  );
  const last: Int32Array[] = [];
  const found = [{ segments: [{ from: 0, to: n, mean: mean(0, n) }], rss: best[n]! }];
  for (let k = 1; k <= most; k += 1) {
    const better = new Float64Array(n + 1).fill(Infinity);
    const at = new Int32Array(n + 1).fill(-1);
    for (let i = (k + 1) * shortest; i <= n; i += 1) {
      for (let j = k * shortest; j <= i - shortest; j += 1) {
        const total = best[j]! + cost(j, i);
        if (total < better[i]!) {
          better[i] = total;
          at[i] = j;
        }
      }
    }
    best = better;
    last.push(at);
    const segments: Segment[] = [];
    for (let to = n, level = k; level >= 0; level -= 1) {
      const from = level === 0 ? 0 : last[level - 1]![to]!;
      segments.unshift({ from, to, mean: mean(from, to) });
      to = from;
    }
    found.push({ segments, rss: best[n]! });
  }
  return found;
}

/** How likely autocorrelated noise makes chosen places look as good: the tail of F, for the whitened series. */
function pOfNoise(values: readonly number[], fewer: Partition, larger: Partition): number {
  const phi = correlationAround(values, larger.segments, true);
  const [without, having] = [fewer, larger].map(({ segments }) => whitenedFit(values, segments, phi));
  const more = larger.segments.length - fewer.segments.length;
  const df = values.length - larger.segments.length;
  const gained = without!.rss - having!.rss;
  if (!(gained > 0) || df < 1) return 1;
  if (!(having!.rss > 0)) return 0;
  const f = gained / more / (having!.rss / df);
  return regularisedBeta(df / (df + more * f), df / 2, more / 2);
}

/** The correlation of neighbours around levels, from 0 to 0.9. */
function correlationAround(values: readonly number[], segments: readonly Segment[], cautious: boolean): number {
  const n = values.length;
  const residuals = segments.flatMap(({ from, to, mean }) => values.slice(from, to).map((value) => value - mean));
  const squares = residuals.reduce((sum, one) => sum + one * one, 0);
  if (squares === 0) return 0;
  const raw = residuals.slice(1).reduce((sum, one, i) => sum + one * residuals[i]!, 0) / squares;
  // Each fitted level draws it down by about (1 + 3φ) / n (Marriott and Pope 1954).
  const means = segments.length;
  const unbiased = (raw + means / n) / Math.max(0.25, 1 - (3 * means) / n);
  const error = Math.sqrt(Math.max(0, 1 - Math.min(1, unbiased ** 2)) / Math.max(1, n - 3 * means));
  return Math.min(0.9, Math.max(0, cautious ? unbiased + error : unbiased));
}

interface Fit {
  readonly levels: readonly number[];
  /** Of the innovations. */
  readonly rss: number;
  /** Covariance of the levels, to be multiplied with the innovations' variance. */
  readonly covariance: readonly (readonly number[])[];
}

/**
 * Generalised least squares of levels under AR(1) noise: each value less φ times the one before it is independent of
 * the others, and a level shows in full where it begins and by 1 − φ afterwards (Prais and Winsten 1954).
 */
function whitenedFit(values: readonly number[], segments: readonly Segment[], phi: number): Fit {
  const size = segments.length;
  const normal = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  const right = new Array<number>(size).fill(0);
  let total = 0;
  const origin = values[0] ?? 0;
  segments.forEach(({ from, to }, k) => {
    for (let t = from; t < to; t += 1) {
      const first = t === 0;
      const begins = t === from && !first;
      const value = values[t]! - origin;
      const y = first ? Math.sqrt(1 - phi ** 2) * value : value - phi * (values[t - 1]! - origin);
      const own = first ? Math.sqrt(1 - phi ** 2) : begins ? 1 : 1 - phi;
      normal[k]![k]! += own * own;
      right[k]! += own * y;
      total += y * y;
      if (!begins) continue;
      normal[k - 1]![k - 1]! += phi * phi;
      normal[k]![k - 1]! -= phi;
      normal[k - 1]![k]! -= phi;
      right[k - 1]! -= phi * y;
    }
  });
  const covariance = inverse(normal);
  const levels = covariance.map((row) => row.reduce((sum, one, k) => sum + one * right[k]!, 0));
  const explained = levels.reduce((sum, level, k) => sum + level * right[k]!, 0);
  return { levels: levels.map((level) => level + origin), rss: Math.max(0, total - explained), covariance };
}

/** Gauss and Jordan, for a small positive definite matrix. */
function inverse(matrix: readonly (readonly number[])[]): number[][] {
  const size = matrix.length;
  const rows = matrix.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))]);
  for (let i = 0; i < size; i += 1) {
    const pivot = rows[i]![i]!;
    rows[i] = rows[i]!.map((one) => one / pivot);
    for (let j = 0; j < size; j += 1) {
      const factor = rows[j]![i]!;
      if (j !== i) rows[j] = rows[j]!.map((one, k) => one - factor * rows[i]![k]!);
    }
  }
  return rows.map((row) => row.slice(size));
}

/** Draws a value that stands alone to within three typical deviations of its neighbours' median (Hampel's filter). */
function clipOutliers(values: readonly number[]): number[] {
  const around = values.map((_, i) => median(values.slice(Math.max(0, i - 2), i + 3)));
  const scale = 1.4826 * median(values.map((value, i) => Math.abs(value - around[i]!)));
  if (!(scale > 0)) return [...values];
  return values.map((value, i) => Math.min(Math.max(value, around[i]! - 3 * scale), around[i]! + 3 * scale));
}
