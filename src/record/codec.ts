import { constants, deflateSync, inflateSync } from "node:zlib";
import type { HistogramData } from "../model/histogram.js";
import { Problem } from "../model/problem.js";
import { bucketMiddle, bucketOf, bucketStart, cellsFor } from "../stats/histogram.js";

// HdrHistogram's V2 format: https://github.com/HdrHistogram/HdrHistogram (AbstractHistogram, ZigZagEncoding).
// The low nibble before the base, 0x10, says that counts are ZigZag LEB128 of up to nine bytes.
const innerCookie = 0x1c849313;
const outerCookie = 0x1c849314;
const headerBytes = 40;
const longestCount = 9;
/** Significant digits that a text may have; 3 is the layout that histograms have in memory. */
export type Digits = 2 | 3;

// Every line names the same range, so that tools without automatic resizing can add lines up: an hour in µs.
const usualHighest = 3_600_000_000;

// Up to 2^53: beyond, integers are no longer exact.
const bucketLimit = 44 * 1024;
const payloadLimit = headerBytes + bucketLimit * longestCount;

// Matches of three bytes cost more than they save among counts of 0 to 3: Huffman alone is 7 % smaller and a third
// faster than the default for a window of a thousand values, and the same size for a whole hour.
const compression = { strategy: constants.Z_HUFFMAN_ONLY };

let scratch = Buffer.allocUnsafe(64 * 1024);
const usedBuckets = new Int32Array(bucketLimit);
const usedCounts = new Float64Array(bucketLimit);
let middles: Float64Array | undefined;

/** The value that stands for each bucket. Made when first needed: every process and thread would start with it. */
function bucketMiddles(): Float64Array {
  if (middles === undefined) {
    middles = new Float64Array(bucketLimit);
    for (let bucket = 0; bucket < bucketLimit; bucket += 1) middles[bucket] = bucketMiddle(bucket);
  }
  return middles;
}

// Two digits: 256 exact buckets, then 128 for each doubling. Each holds whole buckets of the three-digit layout.
const coarseHalf = 128;
const coarseShift = 3;
const coarseLimit = (bucketLimit / 1024 + coarseShift) * coarseHalf;

/** The two-digit bucket that holds a three-digit one. */
function coarsened(bucket: number): number {
  if (bucket < 2 * coarseHalf) return bucket;
  const shift = bucket < 2048 ? 24 - Math.clz32(bucket) : Math.floor(bucket / 1024) - 1 + coarseShift;
  const start = bucketStart(bucket);
  return shift * coarseHalf + Math.floor(start / 2 ** shift);
}

/** For each two-digit bucket: its lowest value, and the three-digit bucket of its middle. */
const coarseStarts = Float64Array.from({ length: coarseLimit + 1 }, (_, bucket) => {
  const shift = Math.max(0, Math.floor(bucket / coarseHalf) - 1);
  return (bucket - shift * coarseHalf) * 2 ** shift;
});
const refined = Int32Array.from({ length: coarseLimit }, (_, bucket) =>
  bucketOf(Math.floor((coarseStarts[bucket]! + coarseStarts[bucket + 1]! - 1) / 2)),
);

/**
 * A histogram as HdrHistogram V2 compressed, base64: what `windows.hlog`, `run.json` and baselines hold.
 *
 * Whole runs have three digits. Windows have two: a second's percentile rests on a thousand values at most, whose
 * scatter is far above 0.4 %, and the log of an hour is a third of the size.
 *
 * Exact `sum`, `min` and `max` are not in the format; see {@link decodeHistogram}.
 *
 * @throws {Problem} `histogram.not-encodable` for a negative or broken count, or a bucket beyond 2^53
 */
export function encodeHistogram(histogram: HistogramData, digits: Digits = 3): string {
  const { from, counts } = histogram;
  let end = counts.length;
  while (end > 0 && counts[end - 1] === 0) end -= 1;
  if (from + end > bucketLimit) throw notEncodable(from + end - 1, "a bucket below 2^53");
  const room = headerBytes + (end + 2) * longestCount;
  if (scratch.length < room) scratch = Buffer.allocUnsafe(room * 2);

  let at = headerBytes;
  // The bucket after the last one written, and the one being gathered.
  let next = 0;
  let gathering = -1;
  let gathered = 0;
  const flush = (): void => {
    if (gathering > next) at = writeZeros(at, gathering - next);
    at = writeWord(at, gathered * 2);
    next = gathering + 1;
  };
  for (let i = 0; i < end; i += 1) {
    const count = counts[i]!;
    if (count === 0) continue;
    if (!(count > 0 && Number.isSafeInteger(count))) throw notEncodable(count, "a count from 0 to 2^53");
    const bucket = digits === 3 ? from + i : coarsened(from + i);
    if (bucket !== gathering) {
      if (gathering >= 0) flush();
      gathering = bucket;
      gathered = 0;
    }
    gathered += count;
  }
  if (gathering >= 0) flush();
  else at = writeWord(at, 0);

  const top = bucketStart(from + end) - 1;
  scratch.writeInt32BE(innerCookie, 0);
  scratch.writeInt32BE(at - headerBytes, 4);
  scratch.writeInt32BE(0, 8);
  scratch.writeInt32BE(digits, 12);
  scratch.writeBigInt64BE(1n, 16);
  scratch.writeBigInt64BE(BigInt(Math.max(usualHighest, top)), 24);
  scratch.writeDoubleBE(1, 32);

  const packed = deflateSync(scratch.subarray(0, at), compression);
  const whole = Buffer.allocUnsafe(8 + packed.length);
  whole.writeInt32BE(outerCookie, 0);
  whole.writeInt32BE(packed.length, 4);
  whole.set(packed, 8);
  return whole.toString("base64");
}

/**
 * The histogram of an HdrHistogram V2 text with lowest value 1 and two or three digits.
 *
 * The format holds counts alone, so `sum` is taken from the middles of buckets, `min` is the lowest value of the first
 * bucket and `max` the highest of the last: each within 0.1 % of the truth, and exact below 2,048; with two digits
 * within 0.8 %, and exact below 256.
 *
 * @param at where the text stands, for the message
 * @param max the exact maximum where a file holds it beside the text; ignored outside the last bucket
 * @throws {Problem} `histogram.unreadable` with what was wrong
 */
export function decodeHistogram(text: string, at?: string, max?: number): HistogramData {
  const { bytes, digits } = unpack(text, at);
  const limit = digits === 3 ? bucketLimit : coarseLimit;
  const middleOf = bucketMiddles();
  const payloadEnd = headerBytes + bytes.readInt32BE(4);
  let position = headerBytes;
  let bucket = 0;
  let used = 0;
  let count = 0;
  let sum = 0;
  let largest = 0;
  let firstUsed = 0;
  let lastUsed = 0;
  while (position < payloadEnd) {
    // Nearly every word is one byte; integer arithmetic for those is half the cost of a decode.
    const first = bytes[position++]!;
    let here = first >> 1;
    let isZeros = (first & 1) === 1;
    if (first >= 0x80) {
      let word = first - 0x80;
      let scale = 0x80;
      for (let n = 1; ; n += 1) {
        if (position >= payloadEnd) throw unreadable(at, "a count is cut off");
        const byte = bytes[position++]!;
        if (byte < 0x80 || n === longestCount - 1) {
          word += byte * scale;
          break;
        }
        // Products, not shifts: a count may pass 2^31.
        word += (byte - 0x80) * scale;
        scale *= 0x80;
      }
      isZeros = word % 2 === 1;
      here = Math.floor(word / 2);
    }
    const next = isZeros ? bucket + here + 1 : bucket + 1;
    if (next > limit) throw unreadable(at, "values beyond 2^53");
    if (!isZeros && here > 0) {
      const fine = digits === 3 ? bucket : refined[bucket]!;
      usedBuckets[used] = fine;
      usedCounts[used] = here;
      used += 1;
      count += here;
      sum += here * middleOf[fine]!;
      lastUsed = bucket;
      if (used === 1) firstUsed = bucket;
      if (here > largest) largest = here;
    }
    bucket = next;
  }
  if (!Number.isSafeInteger(count)) throw unreadable(at, "more values than can be counted");
  if (used === 0) return { from: 0, counts: [], count: 0, sum: 0, min: 0, max: 0 };
  const from = usedBuckets[0]!;
  const last = usedBuckets[used - 1]!;
  const counts = new (cellsFor(largest))(last - from + 1);
  for (let i = 0; i < used; i += 1) counts[usedBuckets[i]! - from] = usedCounts[i]!;
  const lowest = digits === 3 ? bucketStart(from) : coarseStarts[firstUsed]!;
  const highest = (digits === 3 ? bucketStart(last + 1) : coarseStarts[lastUsed + 1]!) - 1;
  const lastStart = digits === 3 ? bucketStart(last) : coarseStarts[lastUsed]!;
  return {
    from,
    counts,
    count,
    sum,
    min: lowest,
    max: max !== undefined && max >= lastStart && max <= highest ? max : highest,
  };
}

function unpack(text: string, at: string | undefined): { bytes: Buffer; digits: Digits } {
  const outer = Buffer.from(text, "base64");
  if (outer.length < 8) throw unreadable(at, `${outer.length} bytes, too short for a histogram`);
  if (outer.readInt32BE(0) !== outerCookie) throw unreadable(at, "no HdrHistogram V2 cookie");
  const length = outer.readInt32BE(4);
  if (length < 0 || length > outer.length - 8) throw unreadable(at, "the text is cut off");
  let inner: Buffer;
  try {
    inner = inflateSync(outer.subarray(8, 8 + length), { maxOutputLength: payloadLimit });
  } catch (cause) {
    throw unreadable(at, cause instanceof Error ? `zlib: ${cause.message}` : "zlib cannot read it", cause);
  }
  if (inner.length < headerBytes) throw unreadable(at, "the header is cut off");
  if (inner.readInt32BE(0) !== innerCookie) throw unreadable(at, "no HdrHistogram V2 cookie inside");
  const payload = inner.readInt32BE(4);
  if (payload < 0 || payload > inner.length - headerBytes) throw unreadable(at, "the counts are cut off");
  // The field between, an index offset, is 1 in what hdr-histogram-js writes and shifts nothing there.
  const digits = inner.readInt32BE(12);
  if (digits !== 2 && digits !== 3) throw unreadable(at, `${digits} significant digits`);
  if (inner.readBigInt64BE(16) !== 1n) throw unreadable(at, `lowest value ${inner.readBigInt64BE(16)}`);
  return { bytes: inner, digits };
}

/** A run of zeros is the negative of its length; a single one is shorter as a plain zero. */
function writeZeros(at: number, zeros: number): number {
  return writeWord(at, zeros === 1 ? 0 : zeros * 2 - 1);
}

function writeWord(start: number, word: number): number {
  let at = start;
  let rest = word;
  while (rest >= 0x80 && at - start < longestCount - 1) {
    scratch[at++] = (rest % 0x80) + 0x80;
    rest = Math.floor(rest / 0x80);
  }
  scratch[at++] = rest;
  return at;
}

function notEncodable(found: number, expected: string): Problem {
  return new Problem("histogram.not-encodable", "A histogram cannot be written.", { found, expected });
}

function unreadable(at: string | undefined, found: string, cause?: unknown): Problem {
  return new Problem("histogram.unreadable", "A histogram cannot be read.", {
    ...(at === undefined ? {} : { at }),
    found,
    expected: "HdrHistogram V2 compressed, base64, lowest value 1, two or three significant digits",
    hint: "The file was cut off or changed by hand; take it from a backup, or record the run again.",
    cause,
  });
}
