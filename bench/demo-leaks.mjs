// npm run bench -- demo-leaks: the demo target under a true load, with a known leak and without: what a user is told.
import { join } from "node:path";
import { atOnce } from "./at-once.mjs";
import { bin, runForRecord } from "./run-folder.mjs";

export const title = "Leak verdicts of the demo target, three minutes at 200/s each";
export const usualTrials = 20;
const seconds = 180;
const rate = 200;
/** Only memory matters here, so runs may share the machine. */
const runsAtOnce = 5;
const startEveryMs = 2000;
const leakMb = 600;
const script = join(import.meta.dirname, "..", "scenarios", "api-baseline.ts");

async function run(mbPerHour, seed) {
  const target = `target=${process.execPath} ${bin} demo-target --port 0 --log none --seed ${seed} --leak-mb-per-hour ${mbPerHour}`;
  const words = ["run", script, "-e", `RATE=${rate}`, "-e", `DURATION=${seconds}s`, "--command", target];
  const record = await runForRecord([...words, "--no-history", "--quiet", "--no-summary"], {
    timeoutMs: (seconds + 120) * 1000,
  });
  const verdicts = (record.manifest.leaks ?? []).filter((one) => one.figure.endsWith("Bytes"));
  const memory = verdicts.find((one) => one.figure === "rssBytes");
  if (memory === undefined) throw new Error(`No verdict on memory:\n${record.output.slice(-2000)}`);
  const requests = record.manifest.load?.started ?? 0;
  return { mbPerHour, memory, requests, anyLeaking: verdicts.some((one) => one.verdict === "leaking") };
}

/** As many runs with a leak and without as asked for, in turn; a row a run, and one for each claim. */
export async function simulate(trials, log) {
  const leaks = Array.from({ length: 2 * trials }, (_, index) => (index % 2 === 0 ? leakMb : 0));
  const runs = await atOnce(leaks, runsAtOnce, async (mbPerHour, index) => {
    // All at the same moment, they would be so slow to start that nobody hears where they listen.
    await new Promise((done) => setTimeout(done, (index % runsAtOnce) * startEveryMs));
    const one = await run(mbPerHour, index + 1).catch((error) => {
      log(`once more, because the run failed: ${error.message}`);
      return run(mbPerHour, index + 1);
    });
    log(`${mbPerHour} MB/h, seed ${index + 1}: ${one.memory.verdict}: ${one.memory.sentence} ${range(one.memory)}`);
    return one;
  });
  const rows = runs.map(({ mbPerHour, memory, requests }, index) => ({
    claim: `seed ${index + 1}, ${mbPerHour} MB/h`,
    goal: "",
    found: memory.verdict,
    met: true,
    also: `${range(memory)} MB/h; ${requests} requests`,
  }));
  const leaking = runs.filter((one) => one.mbPerHour > 0);
  const sound = runs.filter((one) => one.mbPerHour === 0);
  const found = leaking.filter((one) => one.memory.verdict === "leaking");
  const holding = leaking.filter((one) => holds(one.memory, leakMb));
  const told = sound.filter((one) => ["stable", "still-warming-up"].includes(one.memory.verdict));
  const falsely = sound.filter((one) => one.anyLeaking);
  return [
    ...rows,
    claim(`${leakMb} MB/h: leaking`, "all", found.length, leaking.length, found.length === leaking.length),
    claim(
      `${leakMb} MB/h: interval holds it`,
      "all",
      holding.length,
      leaking.length,
      holding.length === leaking.length,
    ),
    claim("no leak: stable or still warming up", "all", told.length, sound.length, told.length === sound.length),
    claim("no leak: leaking, any kind of memory", "none", falsely.length, sound.length, falsely.length === 0),
  ];
}

function claim(text, goal, count, of, met) {
  return { claim: text, goal, found: `${count} of ${of}`, met, also: "" };
}

function holds({ growthPerHour }, mbPerHour) {
  return growthPerHour !== null && growthPerHour.low <= mbPerHour * 1e6 && mbPerHour * 1e6 <= growthPerHour.high;
}

function range({ growthPerHour }) {
  if (growthPerHour === null) return "no interval";
  return `${Math.round(growthPerHour.low / 1e6)} to ${Math.round(growthPerHour.high / 1e6)}`;
}
