// npm run bench -- verdicts: how often compareRuns is wrong, and how often it finds what is there.
import { compareRuns } from "../dist/compare/compare-runs.js";
import { seededRandom } from "../dist/stats/random.js";
import { changePoints } from "./changes.mjs";
import { runOf, sessionNoise, sideOf } from "./world.mjs";

const series = "http_req_response_time";
const looks = [3, 5, 8, 12];
const launchSds = [0.01, 0.03, 0.05];
const percent = (ratio) => `${(100 * ratio).toFixed(ratio > 0 && ratio < 0.01 ? 2 : 1)} %`;
const word = (comparison) => comparison.rows.find((row) => row.gating && row.statistic === "p(95)").verdict;

/** Two sides of n runs: in sessions that share most of their launch noise, or each run by itself. */
function world({ random, sd, n, change, paired, names = [series] }) {
  const baseline = [];
  const candidate = [];
  for (let i = 0; i < n; i += 1) {
    const noise = names.map(() => (paired ? sessionNoise(random, sd) : [sd * random.normal(), sd * random.normal()]));
    const shifts = (side, by) => Object.fromEntries(names.map((name, k) => [name, noise[k][side] + by]));
    baseline.push(runOf(`a${i}`, random, shifts(0, 0)));
    candidate.push(runOf(`b${i}`, random, shifts(1, Math.log(change))));
  }
  return { baseline, candidate };
}

function compare({ baseline, candidate }, { n, paired, options = {} }) {
  const pairs = Array.from({ length: n }, (_, i) => [`a${i}`, `b${i}`]);
  return compareRuns({
    scenario: "bench",
    baseline: sideOf(baseline.slice(0, n)),
    candidate: sideOf(candidate.slice(0, n)),
    options: { ...(paired ? { pairs } : {}), ...options },
  });
}

/** Shares of the p95 row's words, and of the whole sign-off's. */
function cell({ trials, seed, ...settings }) {
  const random = seededRandom(seed);
  const rows = {};
  const whole = {};
  for (let i = 0; i < trials; i += 1) {
    const comparison = compare(world({ random, ...settings }), settings);
    rows[word(comparison)] = (rows[word(comparison)] ?? 0) + 1 / trials;
    whole[comparison.verdict] = (whole[comparison.verdict] ?? 0) + 1 / trials;
  }
  const share = (said, key) => said[key] ?? 0;
  return {
    regressed: share(rows, "regressed"),
    passed: share(rows, "pass") + share(rows, "improved"),
    signOffRegressed: share(whole, "regressed"),
    signOffPassed: share(whole, "pass") + share(whole, "improved"),
  };
}

/** Planned looks: the first that settles it ends the series. Both sides grow, or one grows against 10 stored runs. */
function sequentialCell({ trials, seed, stored, ...settings }) {
  const random = seededRandom(seed);
  const last = looks.at(-1);
  let [regressed, passed, runs] = [0, 0, 0];
  for (let i = 0; i < trials; i += 1) {
    const { baseline, candidate } = world({ random, n: last, ...settings });
    let n = 0;
    let verdict = "inconclusive";
    for (const look of looks) {
      n = look;
      const sides = stored
        ? { baseline: baseline.slice(0, 10), candidate: candidate.slice(0, look) }
        : { baseline, candidate };
      verdict = word(compare(sides, { ...settings, n: stored ? last : look, options: { looks: looks.length } }));
      if (verdict !== "inconclusive") break;
    }
    runs += n / trials;
    if (verdict === "regressed") regressed += 1 / trials;
    if (verdict === "pass" || verdict === "improved") passed += 1 / trials;
  }
  return { regressed, passed, runs };
}

function falseAlarms(trials) {
  return launchSds.flatMap((sd) =>
    [false, true].flatMap((paired) =>
      [3, 5, 10].map((n) => {
        const { regressed, signOffRegressed, passed } = cell({
          trials,
          seed: 1000 * n + 100 * sd,
          sd,
          n,
          change: 1,
          paired,
        });
        return {
          claim: `false regressed, ${n} ${paired ? "sessions" : "runs a side"}, σ ${percent(sd)}`,
          goal: "≤ 1 %",
          limit: 0.01,
          value: regressed,
          also: `sign-off ${percent(signOffRegressed)}; p95 passed ${percent(passed)}`,
        };
      }),
    ),
  );
}

function power(trials) {
  const cases = [
    { n: 5, change: 1.1, paired: true, goal: 0.9 },
    { n: 10, change: 1.05, paired: true, goal: 0.9 },
    { n: 5, change: 1.1, paired: false, goal: 0.81 },
    { n: 10, change: 1.05, paired: false, goal: 0.65 },
  ];
  return cases.map(({ goal, ...settings }) => {
    const { regressed, signOffRegressed } = cell({ trials, seed: 7 + settings.n, sd: 0.03, ...settings });
    return {
      claim: `+${percent(settings.change - 1)} found, ${settings.n} ${settings.paired ? "sessions" : "runs a side"}, σ 3 %`,
      goal: settings.paired ? `≥ ${percent(goal)}` : `(Welch ${percent(goal)})`,
      least: settings.paired ? goal : 0,
      value: signOffRegressed,
      also: `the p95 row by itself ${percent(regressed)}`,
    };
  });
}

function wrongPasses(trials) {
  const fixed = launchSds.flatMap((sd) =>
    [
      { n: 5, paired: true },
      { n: 10, paired: true },
      { n: 5, paired: false },
      { n: 10, paired: false },
    ].map((settings) => {
      const { passed, signOffPassed } = cell({ trials, seed: 31 + settings.n, sd, change: 1.05, ...settings });
      return {
        claim: `wrong pass at +5 %, ${settings.n} ${settings.paired ? "sessions" : "runs a side"}, σ ${percent(sd)}`,
        goal: "≤ 5 %",
        limit: 0.05,
        value: passed,
        also: `sign-off ${percent(signOffPassed)}`,
      };
    }),
  );
  return fixed;
}

function sequential(trials) {
  const ways = [
    { paired: true, stored: false, name: "sessions" },
    { paired: false, stored: false, name: "both sides grow" },
    { paired: false, stored: true, name: "against 10 stored runs" },
  ];
  return ways.flatMap(({ name, ...way }) => {
    const same = sequentialCell({ trials, seed: 51, sd: 0.03, change: 1, ...way });
    const worse = sequentialCell({ trials, seed: 52, sd: 0.03, change: 1.05, ...way });
    const much = sequentialCell({ trials, seed: 53, sd: 0.03, change: 1.1, ...way });
    const claim = (text) => `looks at ${looks.join(", ")}, ${name}: ${text}`;
    return [
      {
        claim: claim("false regressed"),
        goal: "≤ 1 %",
        limit: 0.01,
        value: same.regressed,
        also: `passed ${percent(same.passed)}, ${same.runs.toFixed(1)} runs on average`,
      },
      {
        claim: claim("wrong pass at +5 %"),
        goal: "≤ 5 %",
        limit: 0.05,
        value: worse.passed,
        also: `found ${percent(worse.regressed)}, ${worse.runs.toFixed(1)} runs`,
      },
      {
        claim: claim("+10 % found"),
        goal: "",
        least: 0,
        value: much.regressed,
        also: `${much.runs.toFixed(1)} runs on average`,
      },
    ];
  });
}

function canary(trials) {
  return launchSds.flatMap((sd) =>
    [1.5, 1.8, 2.2, 2.5].map((change) => {
      const { regressed, passed } = cell({
        ...{ trials, seed: 71, sd, n: 3, change, paired: true },
        options: { gate: [`${series} p(95)`], maxRatio: 2 },
      });
      const [right, wrong] = change < 2 ? [passed, regressed] : [regressed, passed];
      return {
        claim: `bound of 2, true ratio ${change}, 3 sessions, σ ${percent(sd)}`,
        goal: "≥ 99 % right",
        least: 0.99,
        value: right,
        also: `wrong ${percent(wrong)}`,
      };
    }),
  );
}

function familyWise(trials) {
  const names = Array.from({ length: 40 }, (_, i) => `${series}{name:/${i}}`);
  const options = { gate: names.map((name) => `${name} p(95)`) };
  return [
    { n: 5, paired: true },
    { n: 5, paired: false },
  ].map((settings) => {
    const { signOffRegressed } = cell({ trials, seed: 91, sd: 0.03, change: 1, names, options, ...settings });
    return {
      claim: `some of 40 gating series false, 5 ${settings.paired ? "sessions" : "runs a side"}, σ 3 %`,
      goal: "≤ 5 %",
      limit: 0.05,
      value: signOffRegressed,
      also: "series independent of one another",
    };
  });
}

export const title =
  "How often a verdict is right: synthetic 60 s runs at 1,000/s, the p95 of their response time; noise of runs of a trend";

/**
 * Every figure that compareRuns and findChangePoints are held to.
 *
 * @param {number} trials a row
 * @param {(text: string) => void} progress
 */
export function simulate(trials, progress) {
  const parts = { falseAlarms, power, wrongPasses, sequential, canary, familyWise, changePoints };
  return Object.entries(parts).flatMap(([name, part]) => {
    progress(name);
    return part(trials).map((row) => judged(row, trials));
  });
}

/** A goal is missed where the simulation's own error, two standard deviations, cannot be the reason. */
function judged({ claim, goal, limit = 1, least = 0, value, also }, trials) {
  const error = 2 * Math.sqrt(Math.max(value * (1 - value), 1 / trials) / trials);
  const met = value - error <= limit && value + error >= least;
  return { claim, goal, found: `${percent(value)} ± ${(100 * error).toFixed(1)}`, met, also };
}
