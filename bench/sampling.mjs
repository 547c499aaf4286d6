// npm run bench -- sampling: what watching ten processes costs, and whether it disturbs the generator.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WatchGroup, watchProcess } from "../dist/monitor/process.js";
import { stepAside } from "../dist/monitor/step-aside.js";
import { median } from "./arrivals.mjs";
import { cores } from "./drive.mjs";
import { disturbanceOf, latenessByLook, reachMs } from "./looks.mjs";
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
const mostShare = 0.005;
const mostDisturbance = 0.05;
const percent = (share) => `${(share * 100).toFixed(2)} %`;
const signed = (share) => `${share < 0 ? "−" : "+"}${Math.abs(share * 100).toFixed(1)} %`;

/**
 * CPU of a minute's samples, on a clock of their own: nothing else is in the figure.
 *
 * @param {boolean} births whether the machine starts a process each second, so that children must be looked for
 */
async function costOf(pids, births) {
  let aheadMs = 0;
  const group = new WatchGroup();
  if (births) group.newestPid = () => aheadMs;
  const sources = pids.map((pid) =>
    watchProcess({ name: String(pid), pid, group, now: () => aheadMs + performance.now() }),
  );
  const look = async (second) => {
    for (const [i, source] of sources.entries()) {
      if (i > 0) stepAside();
      await source.sample(second * 1000);
    }
  };
  await look(0);
  const before = process.cpuUsage();
  for (let second = 1; second <= secondsOfCost; second += 1) {
    aheadMs += 1000;
    await look(second);
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
    return latenessByLook(await target.stamps(), rate, JSON.parse(readFileSync(log, "utf8"))).slice(settlingSeconds);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function costClaim(where, costs) {
  const cost = median(costs);
  return {
    claim: `CPU, share of one core, ${where}`,
    goal: `≤ ${percent(mostShare)}`,
    found: percent(cost),
    met: cost <= mostShare,
    also: costs.map(percent).join(", "),
  };
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
    const costs = { quiet: [], busy: [] };
    const seconds = [];
    for (let round = 1; round <= trials; round += 1) {
      costs.quiet.push(await costOf(pids, false));
      costs.busy.push(await costOf(pids, true));
      seconds.push(...(await secondsOf(target, pids)));
      log(`round ${round}: ${percent(costs.busy.at(-1))} of a core; ${seconds.length} seconds so far`);
    }
    const longestMs = Math.max(...seconds.map(({ lastedMs }) => lastedMs));
    if (longestMs > reachMs)
      log(`a look lasted ${longestMs.toFixed(0)} ms: what it did after ${reachMs} ms is not in the figure`);
    const { share, interval, p99s, farShare, count } = disturbanceOf(seconds);
    return [
      costClaim("where nothing starts meanwhile", costs.quiet),
      costClaim("where a process starts each second", costs.busy),
      {
        claim: `lateness p99 at ${rate}/s, seconds with samples against those between`,
        goal: `≤ ${signed(mostDisturbance)}`,
        found: signed(share),
        met: share <= mostDisturbance,
        also: `95 % interval ${interval.map(signed).join(" to ")}; ${p99s.watching.toFixed(0)} against ${p99s.bare.toFixed(0)} µs; ${count} seconds of either kind; longest look ${longestMs.toFixed(1)} ms; arrivals out of a look's reach ${signed(farShare)}`,
      },
    ];
  } finally {
    for (const child of idle) child.kill("SIGKILL");
    await target.stop();
  }
}
