// npm run bench -- sampling: what watching ten processes costs, and whether it disturbs the generator.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WatchGroup, watchProcess } from "../dist/monitor/process.js";
import { seededRandom } from "../dist/stats/random.js";
import { latenessUs, median } from "./arrivals.mjs";
import { cores } from "./drive.mjs";
import { measureProcess } from "./processes.mjs";
import { startTarget } from "./target.mjs";

export const title = "Sampling ten processes once a second";
export const usualTrials = 5;
const processes = 10;
const secondsOfCost = 60;
const secondsOfLoad = 120;
/** Cold code is late whatever else happens. */
const settlingSeconds = 10;
const rate = 1000;
/** What a look does to arrivals is done by then. */
const reachMs = 50;
/** An arrival that was due before a look may still be on its way when it begins. */
const inFlightMs = 5;
const replicates = 1000;
const mostShare = 0.005;
const mostDisturbance = 0.05;
const percent = (share) => `${(share * 100).toFixed(2)} %`;
const signed = (share) => `${share < 0 ? "−" : "+"}${Math.abs(share * 100).toFixed(1)} %`;

/** CPU of a minute's samples, taken one after the other on a clock of their own: nothing else is in the figure. */
async function costOf(pids) {
  let aheadMs = 0;
  const group = new WatchGroup();
  const sources = pids.map((pid) =>
    watchProcess({ name: String(pid), pid, group, now: () => aheadMs + performance.now() }),
  );
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
 * One run in which samples are taken in every other second.
 *
 * Two runs, one with samples and one without, differ by more than samples do: neighbours on the host see to that.
 *
 * @returns for each second, from its look on, what the server saw of its arrivals
 */
async function secondsOf(target, pids) {
  const folder = mkdtempSync(join(tmpdir(), "loadline-bench-sampling-"));
  try {
    await target.reset();
    const log = join(folder, "looks.json");
    const script = join(import.meta.dirname, "scripts", "get-check.js");
    const load = ["-e", `BASE_URL=${target.url}`, "-e", `RATE=${rate}`, "-e", `DURATION=${secondsOfLoad}s`];
    const watched = pids.flatMap((pid) => ["--pid", `p${pid}=${pid}`]);
    const program = join(import.meta.dirname, "every-other-second.mjs");
    const apart = ["--no-history", "--quiet", "--no-summary", "--reports", folder];
    const { output } = await measureProcess(
      [process.execPath, program, log, "run", script, ...load, ...watched, ...apart],
      { core: cores.generator, timeoutMs: (secondsOfLoad + 60) * 1000 },
    );
    if (!existsSync(log)) throw new Error(`The run has no figures:\n${output.slice(-2000)}`);
    return latenessByLook(await target.stamps(), JSON.parse(readFileSync(log, "utf8")));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function latenessByLook(stamps, looks) {
  const late = latenessUs(stamps, rate);
  const dueMs = Float64Array.from(stamps, (stamp, n) => (Number(stamp - stamps[0]) - late[n] * 1000) / 1e6);
  const beginsMs = looks.map(({ atNs }) => Number(BigInt(atNs) - stamps[0]) / 1e6 - inFlightMs);
  let next = 0;
  return looks.slice(0, -1).flatMap(({ sampled, lastedMs }, at) => {
    while (next < late.length && dueMs[next] < beginsMs[at]) next += 1;
    const from = next;
    while (next < late.length && dueMs[next] < beginsMs[at + 1]) next += 1;
    if (at < settlingSeconds || next === from) return [];
    // An arrival that is missing makes all later ones look late: time counts from the earliest of the second.
    const earliest = late.subarray(from, next).reduce((least, value) => Math.min(least, value));
    const [near, far] = [new Uint32Array(bins), new Uint32Array(bins)];
    for (let n = from; n < next; n += 1) {
      const side = dueMs[n] < beginsMs[at] + inFlightMs + reachMs ? near : far;
      side[binOf(late[n] - earliest)] += 1;
    }
    return [{ sampled, lastedMs, near, far }];
  });
}

/** Half a percent wide each. */
const bins = 3000;
const binOf = (us) => Math.min(bins - 1, Math.round(Math.log1p(us) * 200));
const usOf = (bin) => Math.expm1(bin / 200);

function sumOf(all) {
  const sum = new Float64Array(bins);
  for (const one of all) for (let bin = 0; bin < bins; bin += 1) sum[bin] += one[bin];
  const total = sum.reduce((so, count) => so + count, 0);
  return { shares: sum.map((count) => count / total), total };
}

/**
 * The p99 of lateness of a load that is sampled every second, and of one that is not.
 *
 * A look can make nobody late before it begins or after it is over. Arrivals outside its reach are therefore the same
 * distribution in either second, and enter both quantiles as one: their scatter, most of it the host's, cancels.
 */
function p99sOf(watching, bare) {
  const far = sumOf([...watching, ...bare].map((one) => one.far));
  const p99 = (seconds) => {
    const near = sumOf(seconds.map((one) => one.near));
    const nearShare = (inFlightMs + reachMs) / 1000;
    let below = 0;
    for (let bin = 0; bin < bins; bin += 1) {
      below += nearShare * near.shares[bin] + (1 - nearShare) * far.shares[bin];
      if (below >= 0.99) return usOf(bin);
    }
    return Number.POSITIVE_INFINITY;
  };
  return { watching: p99(watching), bare: p99(bare) };
}

/** How much later the p99 is with samples than without, as a share; with an interval of 95 %, by bootstrap of the seconds. */
function disturbanceOf(seconds) {
  const watching = seconds.filter(({ sampled }) => sampled);
  const bare = seconds.filter(({ sampled }) => !sampled);
  const share = (found) => found.watching / found.bare - 1;
  const p99s = p99sOf(watching, bare);
  const random = seededRandom(1);
  const again = (all) => all.map(() => all[random.below(all.length)]);
  const found = Array.from({ length: replicates }, () => share(p99sOf(again(watching), again(bare)))).sort(
    (a, b) => a - b,
  );
  const interval = [found[Math.floor(replicates * 0.025)], found[Math.ceil(replicates * 0.975) - 1]];
  return { share: share(p99s), interval, p99s, pairs: Math.min(watching.length, bare.length) };
}

/** So many minutes of cost and runs of load. */
export async function simulate(trials, log) {
  const idle = Array.from({ length: processes }, () =>
    spawn(process.execPath, ["-e", "setInterval(() => {}, 60000)"], { stdio: "ignore" }),
  );
  await Promise.all(idle.map((child) => once(child, "spawn")));
  const target = await startTarget({ core: cores.target, awake: true });
  try {
    await new Promise((done) => setTimeout(done, 1000));
    const pids = idle.map((child) => child.pid);
    const costs = [];
    const seconds = [];
    for (let round = 1; round <= trials; round += 1) {
      costs.push(await costOf(pids));
      seconds.push(...(await secondsOf(target, pids)));
      log(`round ${round}: ${percent(costs.at(-1))} of a core; ${seconds.length} seconds so far`);
    }
    const cost = median(costs);
    const longestMs = Math.max(...seconds.map(({ lastedMs }) => lastedMs));
    if (longestMs > reachMs)
      log(`a look lasted ${longestMs.toFixed(0)} ms: what it did after ${reachMs} ms is not in the figure`);
    const { share, interval, p99s, pairs } = disturbanceOf(seconds);
    return [
      {
        claim: "CPU, share of one core",
        goal: `≤ ${percent(mostShare)}`,
        found: percent(cost),
        met: cost <= mostShare,
        also: `${costs.map(percent).join(", ")}`,
      },
      {
        claim: `lateness p99 at ${rate}/s, seconds with samples against those between`,
        goal: `≤ ${signed(mostDisturbance)}`,
        found: signed(share),
        met: share <= mostDisturbance,
        also: `95 % interval ${interval.map(signed).join(" to ")}; ${p99s.watching.toFixed(0)} against ${p99s.bare.toFixed(0)} µs; ${pairs} seconds of either kind; longest look ${longestMs.toFixed(1)} ms`,
      },
    ];
  } finally {
    for (const child of idle) child.kill("SIGKILL");
    await target.stop();
  }
}
