import { deflateSync } from "node:zlib";
import fc from "fast-check";
import { build, decodeFromCompressedBase64, encodeIntoCompressedBase64, type JsHistogram } from "hdr-histogram-js";
import { expect, test } from "vitest";
import { Problem } from "../../src/model/problem.js";
import { decodeHistogram, encodeHistogram } from "../../src/record/codec.js";
import { bucketOf, emptyHistogram, Histogram, quantile } from "../../src/stats/histogram.js";

const values = fc.array(
  fc.record({
    value: fc.oneof(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 0, max: 3_500_000_000 })),
    times: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 2_000_000_000 })),
  }),
  { maxLength: 200 },
);

function countsOf(data: { from: number; counts: ArrayLike<number> }): Map<number, number> {
  const counts = new Map<number, number>();
  for (let i = 0; i < data.counts.length; i += 1) if (data.counts[i] !== 0) counts.set(data.from + i, data.counts[i]!);
  return counts;
}

function referenceCounts(text: string): Map<number, number> {
  const reference = decodeFromCompressedBase64(text, 64) as JsHistogram;
  const counts = new Map<number, number>();
  for (let i = 0; i < reference.countsArrayLength; i += 1) {
    const count = reference.getCountAtIndex(i);
    if (count !== 0) counts.set(i, count);
  }
  return counts;
}

test("what we write, hdr-histogram-js reads bucket by bucket, and so do we", () => {
  fc.assert(
    fc.property(values, (list) => {
      const histogram = new Histogram();
      for (const { value, times } of list) histogram.record(value, times);
      const text = encodeHistogram(histogram.toData());
      expect(referenceCounts(text)).toEqual(countsOf(histogram));
      expect(countsOf(decodeHistogram(text))).toEqual(countsOf(histogram));
      expect(decodeHistogram(text).count).toBe(histogram.count);
    }),
    { numRuns: 150 },
  );
});

test("two digits are what hdr-histogram-js would hold at two digits, and we read them within 0.8 %", () => {
  fc.assert(
    fc.property(values, (list) => {
      const histogram = new Histogram();
      const coarse = build({
        bitBucketSize: 64,
        highestTrackableValue: 4e9,
        numberOfSignificantValueDigits: 2,
      }) as JsHistogram;
      for (const { value, times } of list) {
        histogram.record(value, times);
        coarse.recordValueWithCount(value, times);
      }
      const text = encodeHistogram(histogram.toData(), 2);
      const expected = new Map<number, number>();
      for (let i = 0; i < coarse.countsArrayLength; i += 1) {
        if (coarse.getCountAtIndex(i) !== 0) expected.set(i, coarse.getCountAtIndex(i));
      }
      expect(referenceCounts(text)).toEqual(expected);
      const back = decodeHistogram(text, undefined, histogram.max);
      expect(back.count).toBe(histogram.count);
      expect(back.max).toBe(histogram.max);
      for (const q of [0.01, 0.5, 0.99]) {
        const truth = quantile(histogram, q);
        // Neighbouring ranks may lie far apart; the two ends of the interpolation are each within the bucket, whose
        // width is at most a 128th of its values. The lowest value reads as its bucket's start.
        if (list.length === 1) expect(Math.abs(quantile(back, q) - truth)).toBeLessThanOrEqual(1 + truth / 128);
      }
    }),
    { numRuns: 150 },
  );
});

test("what hdr-histogram-js writes, we read bucket by bucket", () => {
  fc.assert(
    fc.property(values, (list) => {
      const reference = build({ bitBucketSize: 64, highestTrackableValue: 4e9, numberOfSignificantValueDigits: 3 });
      const expected = new Map<number, number>();
      for (const { value, times } of list) {
        reference.recordValueWithCount(value, times);
        expected.set(bucketOf(value), (expected.get(bucketOf(value)) ?? 0) + times);
      }
      expect(countsOf(decodeHistogram(encodeIntoCompressedBase64(reference)))).toEqual(expected);
    }),
    { numRuns: 150 },
  );
});

test("values up to 2^52 and counts up to 2^52 survive", () => {
  const histogram = new Histogram();
  histogram.record(2 ** 52);
  histogram.record(7, 2 ** 52);
  expect(countsOf(decodeHistogram(encodeHistogram(histogram)))).toEqual(countsOf(histogram));
});

test("sum, min and max come back within a bucket's width, and the maximum exactly where the caller knows it", () => {
  const histogram = new Histogram();
  for (const value of [3_001, 50_003, 1_234_567]) histogram.record(value);
  const text = encodeHistogram(histogram.toData());
  const decoded = decodeHistogram(text);
  expect(Math.abs(decoded.sum / histogram.sum - 1)).toBeLessThan(0.001);
  expect(Math.abs(decoded.min / 3_001 - 1)).toBeLessThan(0.001);
  expect(decoded.max).toBeGreaterThanOrEqual(1_234_567);
  expect(decoded.max / 1_234_567 - 1).toBeLessThan(0.001);
  expect(decodeHistogram(text, undefined, 1_234_567).max).toBe(1_234_567);
  expect(decodeHistogram(text, undefined, 99).max).toBe(decoded.max);
});

test("an empty histogram stays empty", () => {
  expect(decodeHistogram(encodeHistogram(emptyHistogram))).toEqual(emptyHistogram);
  expect(referenceCounts(encodeHistogram(emptyHistogram)).size).toBe(0);
});

test("a count that is negative, broken or too large cannot be written", () => {
  for (const count of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => encodeHistogram({ from: 5, counts: [count], count: 1, sum: 1, min: 1, max: 1 })).toThrow(Problem);
  }
  expect(() => encodeHistogram({ from: 50_000, counts: [1], count: 1, sum: 1, min: 1, max: 1 })).toThrow(Problem);
});

test("any text is either read or refused with a Problem that names the place", () => {
  const good = encodeHistogram(Histogram.of({ from: 3, counts: [1, 0, 5], count: 6, sum: 28, min: 3, max: 5 }));
  const damaged = fc.tuple(fc.nat(good.length - 1), fc.string()).map(([at, text]) => good.slice(0, at) + text);
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.base64String(), damaged), (text) => {
      try {
        decodeHistogram(text, "windows.hlog:7");
      } catch (error) {
        expect(error).toBeInstanceOf(Problem);
        expect((error as Problem).at).toBe("windows.hlog:7");
      }
    }),
    { numRuns: 500 },
  );
});

function envelope(inner: Buffer): string {
  const packed = deflateSync(inner);
  const head = Buffer.alloc(8);
  head.writeInt32BE(0x1c849314, 0);
  head.writeInt32BE(packed.length, 4);
  return Buffer.concat([head, packed]).toString("base64");
}

function inner(payload: readonly number[], change: (header: Buffer) => void = () => {}): string {
  const header = Buffer.alloc(40);
  header.writeInt32BE(0x1c849313, 0);
  header.writeInt32BE(payload.length, 4);
  header.writeInt32BE(3, 12);
  header.writeBigInt64BE(1n, 16);
  change(header);
  return envelope(Buffer.concat([header, Buffer.from(payload)]));
}

test.each<[string, string, RegExp]>([
  ["another lowest value", inner([2], (h) => h.writeBigInt64BE(1000n, 16)), /lowest value 1000/],
  ["one digit", inner([2], (h) => h.writeInt32BE(1, 12)), /1 significant digits/],
  ["a length beyond the bytes", inner([2], (h) => h.writeInt32BE(9, 4)), /cut off/],
  ["a count without its end", inner([0x82]), /cut off/],
  ["a run of zeros past every bucket", inner([0xff, 0xff, 0xff, 0xff, 0x7f, 2]), /2\^53/],
  ["a bomb", envelope(Buffer.alloc(50_000_000)), /zlib/],
])("%s is refused", (_name, text, found) => {
  try {
    decodeHistogram(text);
    expect.unreachable();
  } catch (error) {
    expect((error as Problem).code).toBe("histogram.unreadable");
    expect(String((error as Problem).found)).toMatch(found);
  }
});
