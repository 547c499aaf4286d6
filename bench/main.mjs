// npm run bench [-- names] [--rounds N]: ours and the peers of this machine, in turn, against one stamping server.
// --seconds N sets the length of truth, memory, pairs and ab-sittings, --trials N how often they and simulations are repeated.
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, release } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { median } from "./arrivals.mjs";
import { ceiling } from "./ceiling.mjs";
import { cpu } from "./cpu.mjs";
import { cores } from "./drive.mjs";
import { missingGenerators } from "./generators.mjs";
import { lateness } from "./lateness.mjs";
import { memory } from "./memory.mjs";
import { script } from "./script.mjs";
import { claimTable, table } from "./table.mjs";
import { startTarget } from "./target.mjs";
import { truth } from "./truth.mjs";
import { vus } from "./vus.mjs";
import { workers, workersCost } from "./workers.mjs";

const benchmarks = { lateness, cpu, ceiling, truth, script, vus, memory, workers, "workers-cost": workersCost };
/** A quarter of an hour each round, or of ourselves alone: only when asked for. */
const onRequest = new Set(["memory", "workers", "workers-cost"]);
// Judgements of our own, on simulated worlds or real processes: no peers. Loaded when asked for, because they need the build.
const simulations = {
  verdicts: () => import("./verdicts.mjs"),
  leaks: () => import("./leaks.mjs"),
  "demo-leaks": () => import("./demo-leaks.mjs"),
  "leak-processes": () => import("./leak-processes.mjs"),
  sampling: () => import("./sampling.mjs"),
  // Real runs, and hours of them at full length.
  pairs: async () => (await import("./sittings.mjs")).pairsBenchmark,
  "ab-sittings": async () => (await import("./sittings.mjs")).abBenchmark,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "3" },
    trials: { type: "string" },
    seconds: { type: "string" },
  },
});
const rounds = Number(values.rounds);
const seconds = values.seconds === undefined ? undefined : Number(values.seconds);
const asked = values.trials === undefined ? undefined : Number(values.trials);
const names = positionals.length > 0 ? positionals : Object.keys(benchmarks).filter((name) => !onRequest.has(name));
const unknown = names.filter((name) => !Object.hasOwn(benchmarks, name) && !Object.hasOwn(simulations, name));
const counts = [rounds, asked ?? 1, seconds ?? 1];
if (unknown.length > 0 || !counts.every((value) => Number.isInteger(value) && value >= 1)) {
  const known = [...Object.keys(benchmarks), ...Object.keys(simulations)].join(" | ");
  process.stderr.write(`Usage: npm run bench -- [--rounds N] [--trials N] [--seconds N] [${known} …]\n`);
  process.exit(2);
}

const results = [];
for (const name of names) {
  results.push(Object.hasOwn(simulations, name) ? await runSimulation(name) : await runBenchmark(name));
}

const folder = join(import.meta.dirname, "results");
mkdirSync(folder, { recursive: true });
const file = join(folder, `${new Date().toISOString().replace(/[:.]/g, "-")}.json`);
const machine = { cpu: cpus()[0]?.model, cores: cpus().length, kernel: release(), node: process.version };
writeFileSync(file, `${JSON.stringify({ schema: "loadline.bench/1", machine, rounds, results }, undefined, 2)}\n`);
process.stderr.write(`\n${file}\n`);

async function runSimulation(name) {
  const { title, simulate, usualTrials = 1000, usualSeconds } = await simulations[name]();
  const trials = asked ?? usualTrials;
  const progress = (text) => process.stderr.write(`${name}: ${text}\n`);
  const claims = await simulate(trials, progress, seconds ?? usualSeconds);
  process.stdout.write(`\n${title}\n${trials} trials a row\n\n${claimTable(claims)}\n`);
  return { name, title, trials, claims };
}

async function runBenchmark(name) {
  const { title, columns, ratio, cases, start = startTarget, seconds: usual } = benchmarks[name];
  const target = await start({ core: cores.target });
  try {
    const here = cases(target, seconds ?? usual);
    const seen = new Map(here.map((one) => [one.name, []]));
    // In turn, so that a machine that slows down slows down for all.
    for (let round = 1; round <= rounds; round += 1) {
      for (const one of here) {
        process.stderr.write(`${name} ${round}/${rounds} ${one.name}\n`);
        seen.get(one.name).push(await one.run());
      }
    }
    const medians = here.map((one) => ({
      name: one.name,
      ...Object.fromEntries(
        Object.keys(columns).map((key) => [key, median(seen.get(one.name).map((run) => run[key]))]),
      ),
    }));
    const server = target.kind === "c" ? "C, epoll" : "Node (no C compiler here: arrivals look 20-50 µs later)";
    const absent = missingGenerators();
    process.stdout.write(`\n${title}\nserver: ${server}; medians of ${rounds}\n\n${table(medians, columns, ratio)}\n`);
    if (absent.length > 0) process.stdout.write(`not on this machine: ${absent.join(", ")}\n`);
    return { name, title, seconds: seconds ?? usual, server: target.kind, medians, runs: Object.fromEntries(seen) };
  } finally {
    await target.stop();
  }
}
