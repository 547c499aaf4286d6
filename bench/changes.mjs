// How often findChangePoints sees a change that is not there, and how soon one that is.
import { findChangePoints } from "../dist/compare/history.js";
import { seededRandom } from "../dist/stats/random.js";

const percent = (ratio) => `${(100 * ratio).toFixed(1)} %`;

/** Log levels with AR(1) noise, a step where `at` says, and outliers of +30 % in a share of the runs. */
function series(random, { n, phi, sd, step = 0, at = n, outliers = 0 }) {
  let x = sd * random.normal();
  return Array.from({ length: n }, (_, i) => {
    const log = x + (i >= at ? step : 0) + (random.uniform() < outliers ? Math.log(1.3) : 0);
    x = phi * x + sd * Math.sqrt(1 - phi ** 2) * random.normal();
    return { id: String(i), startedAt: "", value: Math.exp(log) };
  });
}

function stationary(trials) {
  return [60, 120, 180].flatMap((n) =>
    [0, 0.3, 0.6].flatMap((phi) =>
      [0, 0.05].map((outliers) => {
        const random = seededRandom(n + 10 * phi + outliers);
        let alarms = 0;
        for (let i = 0; i < trials; i += 1) {
          // The noise is large, so that the minimum effect hides nothing.
          if (findChangePoints(series(random, { n, phi, sd: 0.05, outliers })).length > 0) alarms += 1 / trials;
        }
        return {
          claim: `change found in none, ${n} runs, φ ${phi}${outliers > 0 ? ", 5 % outliers of +30 %" : ""}`,
          goal: "≤ 2 %",
          limit: 0.02,
          value: alarms,
          also: "",
        };
      }),
    ),
  );
}

function steps(trials) {
  return [60, 180].flatMap((n) =>
    [0, 0.3, 0.6].flatMap((phi) =>
      [0.01, 0.02, 0.03].map((sd) => {
        const random = seededRandom(n + 10 * phi + 1000 * sd);
        const found = (at) => {
          const changes = findChangePoints(series(random, { n, phi, sd, step: Math.log(1.1), at }));
          return changes.some(({ index }) => Math.abs(index - at) <= 2) ? 1 / trials : 0;
        };
        let [early, late] = [0, 0];
        for (let i = 0; i < trials; i += 1) {
          early += found(n - 3);
          late += found(Math.floor(n / 2));
        }
        return {
          claim: `+10 % found at its 3rd run, ± 2, ${n} runs, φ ${phi}, noise ${percent(sd)}`,
          goal: "≥ 90 %",
          least: 0.9,
          value: early,
          also: `in the middle of the series ${percent(late)}`,
        };
      }),
    ),
  );
}

/** @param {number} trials series a row */
export function changePoints(trials) {
  return [...stationary(trials), ...steps(trials)];
}
