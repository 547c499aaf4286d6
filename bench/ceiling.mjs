import { drive } from "./drive.mjs";
import { closedLoops, floor, generators } from "./generators.mjs";

const rates = [5_000, 10_000, 15_000, 20_000, 25_000, 30_000, 35_000, 40_000];
const settleSeconds = 2;
/** A neighbour of the host can spoil a step for anybody. */
const attempts = 3;
const seconds = 10;

/** Holds: every arrival came, and 99 of 100 within 2 ms of their time. */
export function holds({ arrivals, lateP99, exitCode }, rate) {
  return exitCode === 0 && arrivals >= Math.floor(rate * (seconds - settleSeconds) * 0.9995) && lateP99 < 2000;
}

async function climb(generator, target) {
  const step = async (rate) => {
    const seen = await drive(generator, target, { rate, seconds, connections: 200, settleSeconds });
    const held = holds(seen, rate);
    const share = ((seen.arrivals / (rate * (seconds - settleSeconds))) * 100).toFixed(2);
    const late = `late p50 ${seen.lateP50.toFixed(0)} µs, p99 ${seen.lateP99.toFixed(0)} µs`;
    process.stderr.write(`  ${generator.name} ${rate}/s: ${share} % arrived, ${late} ${held ? "" : "✗"}\n`);
    return held ? { rate, lateP50: seen.lateP50, lateP99: seen.lateP99 } : undefined;
  };
  let best = { rate: 0, lateP50: Number.NaN, lateP99: Number.NaN };
  for (const rate of rates) {
    let held;
    for (let attempt = 0; held === undefined && attempt < attempts; attempt += 1) held = await step(rate);
    if (held === undefined) break;
    best = held;
  }
  return best;
}

async function saturate(generator, target) {
  // Without a rate there is no schedule to be late against.
  const seen = await drive(generator, target, { rate: 1, seconds, connections: 100 });
  return { rate: seen.arrivals / seconds, lateP50: Number.NaN, lateP99: Number.NaN };
}

/** The highest rate of the same script on one core that still holds. */
export const ceiling = {
  title: `Ceiling on one core, get and check, ${seconds} s a step, the first ${settleSeconds} left out: all arrive, lateness p99 < 2 ms; closed loops: what they reach`,
  columns: { rate: "holds /s", lateP50: "late p50 µs", lateP99: "late p99 µs" },
  ratio: "rate",
  cases: (target) => [
    ...[...generators().filter(({ scripted }) => scripted), ...floor()].map((one) => ({
      name: one.name,
      run: () => climb(one, target),
    })),
    ...closedLoops().map((one) => ({ name: one.name, run: () => saturate(one, target) })),
  ],
};
