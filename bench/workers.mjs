import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { measureProcess } from "./processes.mjs";

const bin = join(import.meta.dirname, "..", "dist", "cli", "bin.js");

/** One run with so many workers, free to use every core; what its own record says of it, starting up not counted. */
async function runWith(workers, script, env, seconds) {
  const reports = mkdtempSync(join(tmpdir(), "loadline-bench-workers-"));
  const variables = Object.entries({ ...env, DURATION: `${seconds}s` }).flatMap(([name, value]) => [
    "-e",
    `${name}=${value}`,
  ]);
  const words = ["--workers", String(workers), "--reports", reports, "--quiet", "--no-history", "--json"];
  try {
    const { output } = await measureProcess(
      [process.execPath, bin, "run", join(import.meta.dirname, "scripts", script), ...variables, ...words],
      { timeoutMs: (seconds + 60) * 1000 },
    );
    const line = output.split("\n").find((text) => text.startsWith('{"schema"'));
    if (line === undefined) throw new Error(`The run gave no result:\n${output.slice(-2000)}`);
    const { load } = JSON.parse(line).run;
    return {
      rate: load.achievedRate,
      cpuUs: ((load.harnessCpuCores * load.durationMs) / load.started) * 1000,
      cores: load.harnessCpuCores,
      arrived: load.started / Math.max(1, load.plannedArrivals),
      lateP99: load.latenessMs.p99 * 1000,
    };
  } finally {
    rmSync(reports, { recursive: true, force: true });
  }
}

const counts = [1, 2];
const nameOf = (workers) => `${workers} ${workers === 1 ? "worker" : "workers"}`;

/** The ceiling where no target can be the limit: VUs that iterate as fast as they can, without a request. */
export const workers = {
  title: "Iterations without a target, 50 VUs in a closed loop, all cores",
  columns: { rate: "iterations /s", cpuUs: "CPU µs an iteration", cores: "cores used" },
  ratio: "rate",
  seconds: 8,
  cases: (_target, seconds) =>
    counts.map((count) => ({
      name: nameOf(count),
      run: () => runWith(count, "no-target.js", { VUS: 50 }, seconds),
    })),
};

const costRate = 4000;

/** What a request costs with one and with two workers, at a rate that both hold: what is shared or waited for shows here. */
export const workersCost = {
  title: `CPU of the generator a request at ${costRate}/s, get and check, all cores`,
  columns: { cpuUs: "CPU µs a request", lateP99: "late p99 µs", arrived: "started of planned" },
  ratio: "cpuUs",
  seconds: 10,
  cases: (target, seconds) =>
    counts.map((count) => ({
      name: nameOf(count),
      run: () => runWith(count, "get-check.js", { BASE_URL: target.url, RATE: costRate, VUS: 400 }, seconds),
    })),
};
