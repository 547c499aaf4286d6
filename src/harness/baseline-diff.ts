import { baselinePath } from "../baseline/place.js";
import { toComparedSide } from "../baseline/sides.js";
import { readBaseline } from "../baseline/store.js";
import { compareRuns } from "../compare/compare-runs.js";
import type { Baseline, ReadBaseline } from "../model/baseline.js";
import type { BaselineDiff, DiffedBaseline } from "../model/baseline-diff.js";
import { exitCodes, Problem } from "../model/problem.js";

/**
 * What sets two baselines of one scenario apart. Runs that both hold are left out of the comparison.
 *
 * @param first "scenario/name", or "scenario" for its baseline "main"
 * @param second "scenario/name", or a name alone, of the same scenario
 * @throws {Problem} `baseline.not-found`, `baseline.diff-same`, `baseline.diff-scenarios`, and as `readBaseline`
 */
export function diffBaselines(dir: string, first: string, second: string): BaselineDiff {
  const left = baselineRef(first);
  const right = second.includes("/") ? baselineRef(second) : { scenario: left.scenario, name: second };
  if (left.scenario !== right.scenario) {
    throw new Problem("baseline.diff-scenarios", "The baselines are of different scenarios.", {
      found: `${left.scenario}, ${right.scenario}`,
      expected: "two baselines of one scenario",
      hint: `Such as: loadline baseline diff ${first} ${left.scenario}/NAME`,
      exitCode: exitCodes.usage,
    });
  }
  if (left.name === right.name) {
    throw new Problem("baseline.diff-same", "A baseline does not differ from itself.", {
      found: `${left.scenario}/${left.name} twice`,
      expected: "two baselines",
      hint: "See what there is with: loadline baseline list",
      exitCode: exitCodes.usage,
    });
  }
  const [a, b] = [existing(dir, left), existing(dir, right)];
  const shared = a.runs.map(({ id }) => id).filter((id) => b.runs.some((run) => run.id === id));
  const own = (baseline: ReadBaseline): ReadBaseline => ({
    ...baseline,
    runs: baseline.runs.filter((run) => !shared.includes(run.id)),
  });
  const [ownA, ownB] = [own(a), own(b)];
  const isComparable = ownA.runs.length > 0 && ownB.runs.length > 0;
  return {
    schema: "loadline.baseline-diff/1",
    scenario: left.scenario,
    a: described(a),
    b: described(b),
    shared,
    comparison: isComparable
      ? compareRuns({ scenario: left.scenario, baseline: toComparedSide(ownA), candidate: toComparedSide(ownB) })
      : null,
  };
}

/** "scenario/name", or "scenario" for its baseline "main". @throws {Problem} `baseline.ref-invalid` */
export function baselineRef(ref: string): { scenario: string; name: string } {
  const [scenario = "", name = "main", ...more] = ref.split("/");
  if (more.length === 0) return { scenario, name };
  throw new Problem("baseline.ref-invalid", "This does not name a baseline.", {
    found: ref,
    expected: "SCENARIO or SCENARIO/NAME",
    hint: "See what there is with: loadline baseline list",
    exitCode: exitCodes.usage,
  });
}

/** @throws {Problem} `baseline.not-found`, and as `readBaseline` */
export function existing(dir: string, { scenario, name }: { scenario: string; name: string }): ReadBaseline {
  const baseline = readBaseline(dir, scenario, name);
  if (baseline !== undefined) return baseline;
  throw new Problem("baseline.not-found", `There is no baseline "${name}" of ${scenario}.`, {
    at: baselinePath(dir, scenario, name),
    hint: "See what there is with: loadline baseline list",
  });
}

function described({ name, acceptedAt, acceptedBy, note, labels, runs }: Baseline): DiffedBaseline {
  return { name, acceptedAt, acceptedBy, note, labels, runs: runs.map((run) => run.id) };
}
