// npm run bench -- leaks: how often judgeLeak cries leak for nothing, and how often it finds what is there.
import { judgeLeak } from "../dist/compare/leak.js";
import { memorySeries, noises } from "./memory-world.mjs";

export const title = "Leak verdicts on synthetic memory, an hour a run";
const percent = (share) => `${(share * 100).toFixed(1)} %`;

/** Cells whose shares have a goal, and some without one that show how it goes on. */
const cells = [
  ...[200, 1200].flatMap((tau) => [
    { runs: 5, tau, leakMb: 0, noise: "middle", goal: [0, 0.015] },
    { runs: 5, tau, leakMb: 1, noise: "middle" },
    { runs: 5, tau, leakMb: 5, noise: "middle", goal: [tau === 200 ? 0.85 : 0.7, 1] },
    { runs: 5, tau, leakMb: 20, noise: "middle", goal: [0.99, 1] },
    { runs: 5, tau, leakMb: 5, noise: "high" },
    { runs: 5, tau, leakMb: 0, noise: "high", goal: [0, 0.015] },
  ]),
  ...["low", "middle", "high"].flatMap((noise) => [
    { runs: 1, tau: 1200, leakMb: 0, noise, goal: [0, 0.02] },
    { runs: 1, tau: 200, leakMb: 0, noise, goal: [0, 0.02] },
    { runs: 1, tau: 200, leakMb: 5, noise },
    { runs: 1, tau: 200, leakMb: 20, noise },
    { runs: 1, tau: 1200, leakMb: 20, noise },
  ]),
];

/** Verdicts of as many worlds as asked for. */
function judge({ runs, tau, leakMb, noise }, trials, firstSeed) {
  const counts = { leaking: 0, stable: 0, "still-warming-up": 0, inconclusive: 0 };
  let holds = 0;
  for (let world = 0; world < trials; world += 1) {
    const series = (leakPerHour, at) =>
      memorySeries({ leakPerHour, tau, noise: noises[noise], seed: (firstSeed + world) * 32 + at });
    const candidate = Array.from({ length: runs }, (_, at) => series(leakMb * 1e6, at));
    const baseline = runs === 1 ? [] : Array.from({ length: runs }, (_, at) => series(0, 16 + at));
    const { verdict, growthPerHour } = judgeLeak(candidate, { baseline, seed: world });
    counts[verdict] += 1;
    if (growthPerHour.low <= leakMb * 1e6 && leakMb * 1e6 <= growthPerHour.high) holds += 1;
  }
  return { counts, holds };
}

/** A row a cell; those without a goal show how it goes on. */
export function simulate(trials, log) {
  return cells.map((cell, index) => {
    const startMs = performance.now();
    const { counts, holds } = judge(cell, trials, index * trials);
    const share = counts.leaking / trials;
    const side = cell.runs === 1 ? "one run" : `${cell.runs} against ${cell.runs}`;
    const claim = `${side}, warm-up ${cell.tau} s, ${cell.noise} noise, ${cell.leakMb} MB/h: leaking`;
    log(`${claim} ${percent(share)} (${((performance.now() - startMs) / 1000).toFixed(1)} s)`);
    const [least, most] = cell.goal ?? [0, 1];
    const goal = cell.goal === undefined ? "" : least > 0 ? `≥ ${percent(least)}` : `≤ ${percent(most)}`;
    const others = ["stable", "still-warming-up", "inconclusive"].map(
      (word) => `${word} ${percent(counts[word] / trials)}`,
    );
    return {
      claim,
      goal,
      found: percent(share),
      met: share >= least && share <= most,
      also: `${others.join(", ")}; interval holds the truth ${percent(holds / trials)}`,
    };
  });
}
