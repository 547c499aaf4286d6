// npm run bench -- leak-processes: real processes with a real saw-tooth, with a known leak and without.
import { join } from "node:path";
import { atOnce } from "./at-once.mjs";
import { onPath } from "./processes.mjs";
import { runForRecord } from "./run-folder.mjs";

export const title = "Leak verdicts of real processes with a saw-tooth, five minutes each";
export const usualTrials = 3;
const seconds = 300;
const runsAtOnce = 12;
const leakMb = 600;

const node = { name: "Node, heap of 64 MB", words: `${process.execPath} --max-old-space-size=64` };
const python = { name: "Python", words: onPath("python3") };
const programs = [
  { ...node, file: "saw-tooth.mjs" },
  { ...python, file: "saw-tooth.py" },
];

async function run({ name, words, file, mbPerHour }) {
  const command = `target=${words} ${join(import.meta.dirname, file)} ${mbPerHour}`;
  const record = await runForRecord(["watch", "--duration", `${seconds}s`, "--command", command, "--quiet"], {
    timeoutMs: (seconds + 120) * 1000,
  });
  const memory = record.manifest.leaks?.find((one) => one.figure === "rssBytes");
  if (memory === undefined) throw new Error(`No verdict on memory:\n${record.output.slice(-2000)}`);
  return { name, mbPerHour, memory };
}

/** So many runs of each program with a leak, and as many without. */
export async function simulate(trials, log) {
  const here = programs.filter(({ words }) => words !== undefined);
  for (const { name } of programs.filter(({ words }) => words === undefined)) log(`${name} is not on this machine`);
  const cells = here.flatMap((program) => [0, leakMb].map((mbPerHour) => ({ ...program, mbPerHour })));
  const runs = await atOnce(
    cells.flatMap((cell) => Array(trials).fill(cell)),
    runsAtOnce,
    async (cell) => {
      const one = await run(cell);
      log(`${one.name}, ${one.mbPerHour} MB/h: ${one.memory.verdict}: ${one.memory.sentence}`);
      return one;
    },
  );
  return cells.map(({ name, mbPerHour }) => {
    const found = runs.filter((one) => one.name === name && one.mbPerHour === mbPerHour).map((one) => one.memory);
    const leaking = found.filter((one) => one.verdict === "leaking").length;
    const holding = found.filter(
      ({ growthPerHour: growth }) => growth !== null && growth.low <= mbPerHour * 1e6 && mbPerHour * 1e6 <= growth.high,
    ).length;
    return {
      claim: `${name}, ${mbPerHour} MB/h: leaking`,
      goal: mbPerHour === 0 ? "none" : "all",
      found: `${leaking} of ${found.length}`,
      met: leaking === (mbPerHour === 0 ? 0 : found.length),
      also: `interval holds the truth in ${holding}; ${found.map((one) => one.verdict).join(", ")}`,
    };
  });
}
