// npm run bench -- sampling: what watching ten processes costs, and whether it disturbs the generator.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { watchProcess } from "../dist/monitor/process.js";
import { readRun } from "../dist/record/reader.js";
import { mergeHistograms, quantile } from "../dist/stats/histogram.js";
import { seededRandom } from "../dist/stats/random.js";
import { median } from "./arrivals.mjs";
import { cores } from "./drive.mjs";
import { runForRecord } from "./run-folder.mjs";
import { startTarget } from "./target.mjs";

export const title = "Sampling ten processes once a second";
export const usualTrials = 5;
const processes = 10;
const secondsOfCost = 60;
const secondsOfLoad = 120;
/** Cold code is late whatever else happens. */
const settlingSeconds = 10;
const replicates = 2000;
const mostShare = 0.005;
const mostDisturbance = 0.05;
const percent = (share) => `${(share * 100).toFixed(2)} %`;
const signed = (share) => `${share < 0 ? "−" : "+"}${Math.abs(share * 100).toFixed(1)} %`;

/** CPU of a minute's samples, taken one after the other on a clock of their own: nothing else is in the figure. */
async function costOf(pids) {
  let aheadMs = 0;
  const sources = pids.map((pid) => watchProcess({ name: String(pid), pid, now: () => aheadMs + performance.now() }));
  for (const source of sources) await source.sample(0);
  const before = process.cpuUsage();
  for (let second = 1; second <= secondsOfCost; second += 1) {
    aheadMs += 1000;
    for (const source of sources) await source.sample(second * 1000);
  }
  const used = process.cpuUsage(before);
  return (used.user + used.system) / 1e6 / secondsOfCost;
}

/**
 * Lateness of each second of one run in which samples are taken in every other second.
 *
 * Two runs, one with samples and one without, differ by more than samples do: neighbours on the host see to that.
 *
 * @returns pairs of neighbouring seconds as histograms of microseconds
 */
async function secondsOf(url, pids) {
  const script = join(import.meta.dirname, "scripts", "get-check.js");
  const load = ["-e", `BASE_URL=${url}`, "-e", `DURATION=${secondsOfLoad}s`, "--no-history", "--quiet", "--no-summary"];
  const watched = pids.flatMap((pid) => ["--pid", `p${pid}=${pid}`]);
  const { read, resources, output } = await runForRecord(["run", script, ...load, ...watched], {
    timeoutMs: (secondsOfLoad + 60) * 1000,
    program: join(import.meta.dirname, "every-other-second.mjs"),
    read: readRun,
  });
  const lateness = read.histories.get("iteration_lateness");
  if (lateness === undefined) throw new Error(`The run has no figures:\n${output.slice(-2000)}`);
  const second = (ms) => Math.floor(ms / 1000);
  const sampled = new Set(resources.map(({ atMs }) => second(atMs)));
  const bySecond = new Map(lateness.lines.map(({ startMs, histogram }) => [second(startMs), histogram]));
  const pairs = [];
  for (const at of sampled) {
    const [watching, bare] = [bySecond.get(at), bySecond.get(at + 1)];
    if (at < settlingSeconds || watching === undefined || bare === undefined || sampled.has(at + 1)) continue;
    pairs.push({ watching, bare });
  }
  return pairs;
}

const p99 = (histogram) => quantile(histogram, 0.99);

/** How much later the p99 of a typical second is with samples than without, as a share. */
function disturbanceOf(pairs) {
  return median(pairs.map(({ watching }) => watching)) / median(pairs.map(({ bare }) => bare)) - 1;
}

/** 95 %, by bootstrap of the pairs. */
function intervalOf(pairs) {
  const random = seededRandom(1);
  const found = Array.from({ length: replicates }, () =>
    disturbanceOf(pairs.map(() => pairs[random.below(pairs.length)])),
  ).sort((a, b) => a - b);
  return [found[Math.floor(replicates * 0.025)], found[Math.ceil(replicates * 0.975) - 1]];
}

/** So many minutes of cost and runs of load. */
export async function simulate(trials, log) {
  const idle = Array.from({ length: processes }, () =>
    spawn(process.execPath, ["-e", "setInterval(() => {}, 60000)"], { stdio: "ignore" }),
  );
  await Promise.all(idle.map((child) => once(child, "spawn")));
  const target = await startTarget({ core: cores.target });
  try {
    await new Promise((done) => setTimeout(done, 1000));
    const pids = idle.map((child) => child.pid);
    const costs = [];
    const seconds = [];
    for (let round = 1; round <= trials; round += 1) {
      costs.push(await costOf(pids));
      seconds.push(...(await secondsOf(target.url, pids)));
      log(`round ${round}: ${percent(costs.at(-1))} of a core; ${seconds.length} pairs of seconds so far`);
    }
    const cost = median(costs);
    const pairs = seconds.map(({ watching, bare }) => ({ watching: p99(watching), bare: p99(bare) }));
    const disturbance = disturbanceOf(pairs);
    const whole = (side) => `${p99(mergeHistograms(seconds.map((one) => one[side]))).toFixed(0)} µs`;
    return [
      {
        claim: "CPU, share of one core",
        goal: `≤ ${percent(mostShare)}`,
        found: percent(cost),
        met: cost <= mostShare,
        also: `${costs.map(percent).join(", ")}`,
      },
      {
        claim: "lateness p99 at 1,000/s, seconds with samples against those between",
        goal: `≤ ${signed(mostDisturbance)}`,
        found: signed(disturbance),
        met: disturbance <= mostDisturbance,
        also: `${pairs.length} pairs, 95 % interval ${intervalOf(pairs).map(signed).join(" to ")}; p99 of all with ${whole("watching")}, between ${whole("bare")}`,
      },
    ];
  } finally {
    for (const child of idle) child.kill("SIGKILL");
    await target.stop();
  }
}
