import { join } from "node:path";
import { latenessUs } from "./arrivals.mjs";
import { runLoadline } from "./loadline-run.mjs";
import { startTarget } from "./target.mjs";

const quantiles = { p50: 0.5, p90: 0.9, p99: 0.99, p999: 0.999 };
const rate = 1000;

/**
 * What truly happened to each request, from the server's log.
 *
 * @param {BigUint64Array} stamps arrival and answer of each request in turn, nanoseconds
 * @param {number} ratePerSecond
 * @returns {{ serviceUs: Float64Array, responseUs: Float64Array }} response counts from the due time of the ideal schedule
 */
export function truthOf(stamps, ratePerSecond) {
  const count = stamps.length / 2;
  const arrived = BigUint64Array.from({ length: count }, (_, n) => stamps[2 * n]);
  const late = latenessUs(arrived, ratePerSecond);
  const serviceUs = Float64Array.from(arrived, (at, n) => Number(stamps[2 * n + 1] - at) / 1000);
  return { serviceUs, responseUs: serviceUs.map((value, n) => value + late[n]) };
}

/** As `quantile` of src/stats/histogram.ts and k6 have it: at a stall's edge the next rank is a millisecond away. */
function quantileOf(values, q) {
  const sorted = Float64Array.from(values).sort();
  const rank = q * (sorted.length - 1);
  const below = Math.floor(rank);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (rank - below) * (sorted[above] - sorted[below]);
}

async function compare(target, seconds) {
  const { decodeHistogram } = await import(join(import.meta.dirname, "..", "dist", "record", "codec.js"));
  const { quantile } = await import(join(import.meta.dirname, "..", "dist", "stats", "histogram.js"));
  await target.reset();
  // A second of stall holds a second's arrivals, each on a connection of its own.
  const { manifest } = await runLoadline({ url: target.url, rate, seconds, connections: 1300 });
  const truth = truthOf(await target.stamps(), rate);
  const seen = (name) => decodeHistogram(manifest.totals[name]);
  const response = seen("http_req_response_time");
  const figures = Object.entries(quantiles).map(([name, q]) => {
    const true_ = quantileOf(truth.responseUs, q);
    return [name, (Math.abs(quantile(response, q) - true_) / true_) * 100];
  });
  const service = quantile(seen("http_req_duration"), 0.5) - quantileOf(truth.serviceUs, 0.5);
  return {
    ...Object.fromEntries(figures),
    serviceUs: Math.abs(service),
    trueP50: quantileOf(truth.responseUs, 0.5) / 1000,
    trueP999: quantileOf(truth.responseUs, 0.999) / 1000,
    requests: truth.serviceUs.length,
    missing: manifest.load.plannedArrivals - truth.serviceUs.length,
  };
}

/** A target that stalls and logs its own truth: how far from it is what we report? */
export const truth = {
  title: `Response time against the target's own truth, ${rate}/s, a stall of 1 s every 10 s: error in % of the true value`,
  columns: {
    p50: "p50 %",
    p90: "p90 %",
    p99: "p99 %",
    p999: "p99.9 %",
    serviceUs: "service p50 off µs",
    trueP50: "true p50 ms",
    trueP999: "true p99.9 ms",
    requests: "requests",
    missing: "missing",
  },
  ratio: "p99",
  seconds: 60,
  start: (options) => startTarget({ ...options, kind: "c", source: "truth-server", awake: true }),
  cases: (target, seconds) => [{ name: "loadline", run: () => compare(target, seconds) }],
};
