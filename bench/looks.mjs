import { seededRandom } from "../dist/stats/random.js";
import { latenessUs } from "./arrivals.mjs";

/** What a look does to arrivals is done by then. */
export const reachMs = 50;
/** An arrival that was due before a look may still be on its way when it begins. */
const inFlightMs = 5;
const nearShare = (inFlightMs + reachMs) / 1000;
const replicates = 1000;

/**
 * Arrivals of each second that begins with a look, near it and far from it, as histograms of lateness.
 *
 * @param {BigUint64Array} stamps nanoseconds of the monotonic clock
 * @param {number} rate arrivals a second
 * @param {readonly { sampled: boolean, atNs: string, lastedMs: number }[]} looks by the same clock, a second apart
 */
export function latenessByLook(stamps, rate, looks) {
  const late = settledLateness(stamps, rate);
  const dueMs = Float64Array.from(stamps, (stamp, n) => Number(stamp - stamps[0]) / 1e6 - late[n] / 1000);
  const beginsMs = looks.map(({ atNs }) => Number(BigInt(atNs) - stamps[0]) / 1e6 - inFlightMs);
  let next = 0;
  return looks.slice(0, -1).map(({ sampled, lastedMs }, at) => {
    while (next < late.length && !(dueMs[next] >= beginsMs[at])) next += 1;
    const [near, far] = [new Uint32Array(bins), new Uint32Array(bins)];
    for (; next < late.length && !(dueMs[next] >= beginsMs[at + 1]); next += 1) {
      if (Number.isNaN(late[next])) continue;
      const side = dueMs[next] < beginsMs[at] + inFlightMs + reachMs ? near : far;
      side[binOf(late[next])] += 1;
    }
    return { sampled, lastedMs, near, far };
  });
}

/**
 * An arrival that is missing makes all later ones look late by a period: time counts from the earliest of each fifth of a
 * second, and a fifth in which one went missing, whose end has another earliest than its beginning, says nothing: NaN.
 */
function settledLateness(stamps, rate) {
  const late = latenessUs(stamps, rate);
  const periodUs = 1e6 / rate;
  const stretch = Math.ceil(rate / 5);
  const least = (values) => values.reduce((so, value) => Math.min(so, value), Number.POSITIVE_INFINITY);
  const earliest = [];
  for (let from = 0; from < late.length; from += stretch) earliest.push(least(late.subarray(from, from + stretch)));
  earliest.forEach((base, at) => {
    const part = late.subarray(at * stretch, (at + 1) * stretch);
    const isHoled = (earliest[at + 1] ?? base) - base > periodUs / 2;
    for (let n = 0; n < part.length; n += 1) part[n] = isHoled ? Number.NaN : part[n] - base;
  });
  return late;
}

/** Half a percent wide each. */
const bins = 3000;
const binOf = (us) => Math.min(bins - 1, Math.round(Math.log1p(us) * 200));
const usOf = (bin) => Math.expm1(bin / 200);

/** Of how many arrivals each bin has a share. */
function sharesOf(all) {
  const sum = new Float64Array(bins);
  for (const one of all) for (let bin = 0; bin < bins; bin += 1) sum[bin] += one[bin];
  const total = sum.reduce((so, count) => so + count, 0);
  return sum.map((count) => count / total);
}

function p99Of(near, far) {
  let below = 0;
  for (let bin = 0; bin < bins; bin += 1) {
    below += nearShare * near[bin] + (1 - nearShare) * far[bin];
    if (below >= 0.99) return usOf(bin);
  }
  return Number.POSITIVE_INFINITY;
}

/**
 * The p99 of lateness of a load that is sampled every second, and of one that is not.
 *
 * A look can make nobody late before it begins or after it is over. Arrivals outside its reach are therefore taken as the
 * same distribution in either second, and enter both quantiles as one: their scatter, most of it the host's, cancels.
 */
function p99sOf(watching, bare) {
  const far = sharesOf([...watching, ...bare].map((second) => second.far));
  const p99 = (seconds) => p99Of(sharesOf(seconds.map(({ near }) => near)), far);
  return { watching: p99(watching), bare: p99(bare) };
}

/**
 * How much later the p99 is with samples than without.
 *
 * @param {ReturnType<typeof latenessByLook>} seconds of both kinds
 * @returns `share`, with an interval of 95 % by bootstrap of the seconds; `farShare`, the same of the arrivals that no look
 * reaches, where nothing but chance should be seen; `count`, the seconds of either kind
 */
export function disturbanceOf(seconds) {
  const watching = seconds.filter(({ sampled }) => sampled);
  const bare = seconds.filter(({ sampled }) => !sampled);
  const more = (found) => found.watching / found.bare - 1;
  const p99s = p99sOf(watching, bare);
  const random = seededRandom(1);
  const again = (all) => all.map(() => all[random.below(all.length)]);
  const found = Array.from({ length: replicates }, () => more(p99sOf(again(watching), again(bare)))).sort(
    (a, b) => a - b,
  );
  const interval = [found[Math.floor(replicates * 0.025)], found[Math.ceil(replicates * 0.975) - 1]];
  const farP99 = (some) => {
    const shares = sharesOf(some.map(({ far }) => far));
    return p99Of(shares, shares);
  };
  return {
    share: more(p99s),
    interval,
    p99s,
    farShare: farP99(watching) / farP99(bare) - 1,
    count: Math.min(watching.length, bare.length),
  };
}
