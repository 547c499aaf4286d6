// npm run bench -- sampling: what watching ten processes costs, and whether it disturbs the generator.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { watchProcess } from "../dist/monitor/process.js";
import { median } from "./arrivals.mjs";
import { cores } from "./drive.mjs";
import { runForRecord } from "./run-folder.mjs";
import { startTarget } from "./target.mjs";

export const title = "Sampling ten processes once a second";
export const usualTrials = 5;
const processes = 10;
const secondsOfCost = 60;
const secondsOfLoad = 20;
const mostShare = 0.005;
const mostDisturbance = 0.05;
const percent = (share) => `${(share * 100).toFixed(2)} %`;

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

async function latenessMs(url, pids) {
  const script = join(import.meta.dirname, "scripts", "get-check.js");
  const load = ["-e", `BASE_URL=${url}`, "-e", `DURATION=${secondsOfLoad}s`, "--no-history", "--quiet", "--no-summary"];
  const watched = pids.flatMap((pid) => ["--pid", `p${pid}=${pid}`]);
  const { manifest, output } = await runForRecord(["run", script, ...load, ...watched], {
    timeoutMs: (secondsOfLoad + 60) * 1000,
  });
  if (manifest.load === undefined) throw new Error(`The run has no figures:\n${output.slice(-2000)}`);
  return manifest.load.latenessMs.p99;
}

/** Medians over so many rounds; runs with and without alternate. */
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
    const [bare, watched] = [[], []];
    for (let round = 1; round <= trials; round += 1) {
      costs.push(await costOf(pids));
      // Which comes first changes from round to round.
      for (const [seen, given] of round % 2 === 0
        ? [
            [bare, []],
            [watched, pids],
          ]
        : [
            [watched, pids],
            [bare, []],
          ])
        seen.push(await latenessMs(target.url, given));
      log(
        `round ${round}: ${percent(costs.at(-1))} of a core, p99 ${bare.at(-1)} ms without, ${watched.at(-1)} ms with`,
      );
    }
    const cost = median(costs);
    const disturbance = median(watched) / median(bare) - 1;
    return [
      {
        claim: "CPU, share of one core",
        goal: `≤ ${percent(mostShare)}`,
        found: percent(cost),
        met: cost <= mostShare,
        also: `${costs.map(percent).join(", ")}`,
      },
      {
        claim: "lateness p99, with against without, 1,000/s",
        goal: `≤ ${percent(mostDisturbance)}`,
        found: percent(disturbance),
        met: disturbance <= mostDisturbance,
        also: `without ${bare.map((ms) => ms.toFixed(3)).join(", ")} ms; with ${watched.map((ms) => ms.toFixed(3)).join(", ")} ms`,
      },
    ];
  } finally {
    for (const child of idle) child.kill("SIGKILL");
    await target.stop();
  }
}
