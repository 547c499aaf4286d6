import fc from "fast-check";
import { build, Int32Histogram } from "hdr-histogram-js";
import { describe, expect, test } from "vitest";
import {
  bucketMiddle,
  bucketOf,
  bucketStart,
  bucketWidth,
  countAbove,
  emptyHistogram,
  Histogram,
  mean,
  mergeHistograms,
  quantile,
} from "../../src/stats/histogram.js";

const hour = 3_600_000_000;
const anyValue = fc.oneof(fc.integer({ min: 0, max: 5000 }), fc.integer({ min: 0, max: hour }));
const manyValues = fc.array(anyValue, { minLength: 1, maxLength: 300 });
const histogramOf = (values: readonly number[]) => {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
};

/** Pure JavaScript, because the WASM build shows no buckets. */
function newHdr(): Int32Histogram {
  const hdr = build({ lowestDiscernibleValue: 1, highestTrackableValue: hour, numberOfSignificantValueDigits: 3 });
  if (!(hdr instanceof Int32Histogram)) throw new Error("not the histogram that these tests look into");
  return hdr;
}

/** k6's percentile of raw values. */
function exactQuantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = q * (sorted.length - 1);
  const low = sorted[Math.floor(rank)]!;
  const high = sorted[Math.ceil(rank)]!;
  return low + (rank - Math.floor(rank)) * (high - low);
}

describe("buckets", () => {
  test("a value lies in its bucket, and a bucket's start belongs to it", () => {
    fc.assert(
      fc.property(fc.oneof(anyValue, fc.integer({ min: 0, max: 2 ** 50 })), (value) => {
        const bucket = bucketOf(value);
        expect(bucketStart(bucket)).toBeLessThanOrEqual(value);
        expect(bucketStart(bucket) + bucketWidth(bucket)).toBeGreaterThan(value);
        expect(bucketOf(bucketStart(bucket))).toBe(bucket);
        expect(bucketStart(bucket + 1)).toBe(bucketStart(bucket) + bucketWidth(bucket));
      }),
    );
  });

  test.each([2047, 2048, 4095, 4096, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 2 ** 32])(
    "the seam at %d holds",
    (value) => {
      expect(bucketStart(bucketOf(value))).toBeLessThanOrEqual(value);
      expect(bucketOf(value + 1) - bucketOf(value)).toBeLessThanOrEqual(1);
      expect(bucketOf(value)).toBeGreaterThan(bucketOf(value - bucketWidth(bucketOf(value))));
    },
  );

  test("the value that stands for a bucket is within 0.1 % of every value in it", () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        expect(Math.abs(bucketMiddle(bucketOf(value)) - value)).toBeLessThanOrEqual(value * 0.001);
      }),
    );
  });

  test("are those of HdrHistogram with three significant digits", () => {
    const hdr = newHdr();
    fc.assert(
      fc.property(anyValue, (value) => {
        expect(bucketStart(bucketOf(value))).toBe(hdr.lowestEquivalentValue(value));
        expect(bucketMiddle(bucketOf(value))).toBe(hdr.medianEquivalentValue(value));
      }),
    );
  });
});

describe("a histogram", () => {
  test("counts as hdr-histogram-js counts", () => {
    fc.assert(
      fc.property(manyValues, (values) => {
        const hdr = newHdr();
        for (const value of values) hdr.recordValue(value);
        const ours = histogramOf(values);
        expect(ours.count).toBe(hdr.totalCount);
        for (const value of values) expect(ours.counts[bucketOf(value)]).toBe(hdr.getCountAtIndex(bucketOf(value)));
      }),
    );
  });

  test("merged from parts equals one that recorded everything", () => {
    fc.assert(
      fc.property(fc.array(manyValues, { maxLength: 5 }), (parts) => {
        const merged = mergeHistograms(parts.map((part) => histogramOf(part).toData()));
        const whole = histogramOf(parts.flat());
        expect(merged.toData()).toEqual(whole.toData());
      }),
    );
  });

  test("keeps k6's interpolated quantiles within 0.1 %", () => {
    fc.assert(
      fc.property(manyValues, fc.double({ min: 0, max: 1, noNaN: true }), (values, q) => {
        const exact = exactQuantile(values, q);
        expect(Math.abs(quantile(histogramOf(values), q) - exact)).toBeLessThanOrEqual(0.001 * exact + 1e-9);
      }),
    );
  });

  test("keeps minimum, maximum, count and mean exactly", () => {
    fc.assert(
      fc.property(manyValues, (values) => {
        const data = histogramOf(values).toData();
        expect([data.min, data.max, data.count]).toEqual([Math.min(...values), Math.max(...values), values.length]);
        expect(mean(data)).toBeCloseTo(values.reduce((sum, value) => sum + value, 0) / values.length, 3);
        expect([quantile(data, 0), quantile(data, 1)]).toEqual([data.min, data.max]);
      }),
    );
  });

  test("counts what lies above a limit to the bucket", () => {
    const histogram = histogramOf([1, 10, 100, 1000, 2000]);
    expect([0, 1, 99, 100, 2000].map((limit) => countAbove(histogram, limit))).toEqual([5, 4, 3, 2, 0]);
  });

  test("takes zeros, negatives and repeats, and forgets all when cleared", () => {
    const histogram = new Histogram();
    histogram.record(-5);
    histogram.record(7, 3);
    expect([histogram.min, histogram.max, histogram.count, histogram.sum]).toEqual([0, 7, 4, 21]);
    histogram.clear();
    expect(histogram.toData()).toBe(emptyHistogram);
    expect([quantile(histogram, 0.5), mean(histogram)]).toEqual([0, 0]);
    histogram.record(3);
    expect(histogram.toData()).toMatchObject({ from: 3, count: 1, min: 3, max: 3 });
  });
});

test("counts keep their value in cells of every width", () => {
  for (const most of [1, 255, 256, 2 ** 32 - 1, 2 ** 32, 2 ** 50]) {
    const histogram = new Histogram();
    histogram.record(5, most);
    histogram.record(7);
    expect(Array.from(histogram.toData().counts)).toEqual([most, 0, 1]);
  }
});
