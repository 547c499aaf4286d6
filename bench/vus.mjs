import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cores } from "./drive.mjs";
import { measureProcess, onPath } from "./processes.mjs";

const script = join(import.meta.dirname, "scripts", "sleepers.js");
const root = join(import.meta.dirname, "..");

async function hold(words, vus) {
  const reports = mkdtempSync(join(tmpdir(), "loadline-bench-vus-"));
  try {
    const { code, rssMaxBytes, cpuSeconds, output } = await measureProcess(words(reports), {
      core: cores.generator,
      timeoutMs: 180_000,
    });
    if (code !== 0 && code !== 112)
      throw new Error(`The run of ${vus} users failed with ${code}:\n${output.slice(-2000)}`);
    return { rssMB: rssMaxBytes / 1e6, perVuKB: rssMaxBytes / vus / 1e3, cpuSeconds };
  } finally {
    rmSync(reports, { recursive: true, force: true });
  }
}

const environment = (vus, seconds) => ["-e", `VUS=${vus}`, "-e", `DURATION=${seconds}s`];

function ours(vus, seconds) {
  const bin = join(root, "dist", "cli", "bin.js");
  const words = (reports) => [
    ...[process.execPath, bin, "run", script, ...environment(vus, seconds)],
    ...["--reports", reports, "--quiet", "--no-history", "--no-summary"],
  ];
  return { name: `loadline, ${vus} VUs`, run: () => hold(words, vus) };
}

function k6(vus, seconds) {
  const path = onPath("k6");
  if (path === undefined) return [];
  const words = () => [path, "run", "--quiet", "--no-usage-report", ...environment(vus, seconds), script];
  return [{ name: `k6, ${vus} VUs`, run: () => hold(words, vus) }];
}

/** Memory of users that sleep. The goal is at most 400 MB for 10,000. */
export const vus = {
  title: "Memory of VUs that sleep",
  columns: { rssMB: "RSS max MB", perVuKB: "kB a VU", cpuSeconds: "CPU s" },
  ratio: "rssMB",
  seconds: 20,
  cases: (_target, seconds) => [ours(10_000, seconds), ours(1000, seconds), ...k6(2000, seconds)],
};
