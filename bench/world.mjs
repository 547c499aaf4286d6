// The synthetic world of docs/method.md, run by run: log L = B_r + A_t + slow seconds + ε, with a lognormal tail.
//
// Within one second requests are independent draws of one distribution F, shifted by that second's mood. So a run's
// quantile is where the mean of 60 shifted Fs reaches q, plus the sampling error of 60,000 requests, which is normal
// with the covariance of order statistics. That costs microseconds instead of 60,000 draws; test/bench holds it against
// drawn requests.
import { bucketMiddle, bucketOf } from "../dist/stats/histogram.js";
import { normalCdf } from "../dist/stats/normal.js";

export const seconds = 60;
export const perSecond = 1000;
const requests = seconds * perSecond;
const medianUs = 8000;
const quantiles = [0.5, 0.95, 0.99];
const noise = 0.35;
const tail = { share: 0.02, mean: 1.2, sd: 0.4 };
const wander = { sd: 0.04, phi: 0.9 };
const slow = { share: 0.02, factor: 1.2 };

// F on a grid fine enough for linear interpolation: an error of 1e-6 of its height.
const grid = { from: -3, step: 0.002, size: 3501 };
const cdf = Float64Array.from({ length: grid.size }, (_, i) => {
  const x = grid.from + i * grid.step;
  const far = normalCdf((x - tail.mean) / Math.hypot(noise, tail.sd));
  return (1 - tail.share) * normalCdf(x / noise) + tail.share * far;
});

function shareBelow(x, shifts) {
  let sum = 0;
  for (let t = 0; t < shifts.length; t += 1) {
    const at = (x - shifts[t] - grid.from) / grid.step;
    const i = Math.floor(at);
    if (i >= grid.size - 1) sum += 1;
    else if (i >= 0) sum += cdf[i] + (at - i) * (cdf[i + 1] - cdf[i]);
  }
  return sum / shifts.length;
}

/** The seconds' moods of one run, in logarithms. */
export function moods(random) {
  const shifts = new Float64Array(seconds);
  const innovation = wander.sd * Math.sqrt(1 - wander.phi ** 2);
  let a = wander.sd * random.normal();
  for (let t = 0; t < seconds; t += 1) {
    shifts[t] = a + (random.uniform() < slow.share ? Math.log(slow.factor) : 0);
    a = wander.phi * a + innovation * random.normal();
  }
  return shifts;
}

/** A request's log latency without its second's mood. */
export function requestNoise(random) {
  const far = random.uniform() < tail.share ? tail.mean + tail.sd * random.normal() : 0;
  return noise * random.normal() + far;
}

/** The log quantiles p50, p95 and p99 that one run of 60,000 requests shows. */
export function logQuantiles(random, shift) {
  const shifts = moods(random);
  // Brownian bridge at the quantiles: each step's error given the one before.
  let before = { q: 0, error: 0 };
  return quantiles.map((q) => {
    const left = 1 - before.q;
    const spread = Math.sqrt(((q - before.q) * (1 - q)) / left / requests);
    const error = (before.error * (1 - q)) / left + spread * random.normal();
    before = { q, error };
    return shift + invert(Math.min(q - error, 1 - 1e-6), shifts);
  });
}

function invert(q, shifts) {
  let low = -2;
  let high = 3.5;
  let x = q < 0.9 ? 0 : 0.7;
  for (let i = 0; i < 40; i += 1) {
    const excess = shareBelow(x, shifts) - q;
    if (excess > 0) high = x;
    else low = x;
    const slope = (shareBelow(x + 0.001, shifts) - shareBelow(x - 0.001, shifts)) / 0.002;
    const newton = x - excess / slope;
    const next = newton > low && newton < high ? newton : (low + high) / 2;
    if (Math.abs(next - x) < 1e-7) return next;
    x = next;
  }
  return x;
}

/** A histogram of 60,000 values whose p50, p95 and p99 are the given ones to the recording's own 0.1 %. */
function histogramOf(logs) {
  const buckets = logs.map((log) => bucketOf(Math.round(medianUs * Math.exp(log))));
  const from = buckets[0];
  const counts = new Float64Array(buckets.at(-1) - from + 1);
  const upTo = [0.8, 0.97, 1].map((share) => Math.round(share * requests));
  buckets.forEach((bucket, i) => {
    counts[bucket - from] += upTo[i] - (upTo[i - 1] ?? 0);
  });
  const [min, max] = [bucketMiddle(from), bucketMiddle(buckets.at(-1))];
  return { from, counts, count: requests, sum: min * requests, min, max };
}

const machine = {
  os: "Linux",
  kernel: "6",
  arch: "x64",
  cpuModel: "bench",
  cores: 2,
  memoryBytes: 8e9,
  node: "20",
  loadline: "0",
};
const load = {
  ...{ openModel: true, durationMs: 1000 * seconds, plannedArrivals: requests, started: requests, dropped: 0 },
  ...{ droppedByUs: 0, interrupted: 0, plannedRate: perSecond, achievedRate: perSecond, longestStallMs: 0, gcMs: 0 },
  ...{ harnessCpuCores: 0, harnessRssMaxBytes: 0, ownSocketErrors: 0, unanswered: 0 },
  latenessMs: { p50: 0, p95: 0, p99: 0, p999: 0, max: 0 },
};

/** A run as `compareRuns` takes it; one shift (launch noise and true change, in logarithms) a series. */
export function runOf(id, random, shifts) {
  const totals = Object.entries(shifts).map(([series, shift]) => [series, histogramOf(logQuantiles(random, shift))]);
  return {
    id,
    startedAt: "2026-01-01T00:00:00.000Z",
    validity: { state: "valid", reasons: [] },
    load,
    rates: { http_req_failed: [0, requests] },
    totals: Object.fromEntries(totals),
  };
}

export function sideOf(runs) {
  return { scriptSha256: "s", optionsDigest: "o", environment: machine, labels: {}, runs };
}

/** Launch noise of both sides of a session, 80 % of its variance shared. */
export function sessionNoise(random, sd) {
  const shared = Math.sqrt(0.8) * sd * random.normal();
  const own = () => shared + Math.sqrt(0.2) * sd * random.normal();
  return [own(), own()];
}
