import type { ComparedSide, Comparison } from "../model/comparison.js";
import type { Environment } from "../model/run.js";
import { formatBytes } from "../model/units.js";

export type Difference = Comparison["differences"][number];

// What a percentile depends on so much that no verdict survives a change of it.
const mustMatch: readonly (keyof Environment)[] = ["cpuModel", "cores", "os", "arch"];
const shouldMatch: readonly (keyof Environment)[] = ["kernel", "node", "loadline", "memoryBytes"];

// A machine reports a few pages more or less after a restart.
const memoryTolerance = 0.02;

/** The fields in which two environments differ; `must` ones forbid a verdict. */
export function compareEnvironments(baseline: Environment, candidate: Environment): Difference[] {
  const fields = [...mustMatch, ...shouldMatch].filter((field) => !alike(field, baseline, candidate));
  return fields.map((field) => ({
    field,
    baseline: text(field, baseline),
    candidate: text(field, candidate),
    must: mustMatch.includes(field),
  }));
}

/** The same for two sides: environment, target, load options (must match) and script (should match). */
export function compareSides(baseline: ComparedSide, candidate: ComparedSide): Difference[] {
  const differences = compareEnvironments(baseline.environment, candidate.environment);
  const [before, now] = [baseline.labels.target, candidate.labels.target];
  if (before !== now) {
    // Where only one side names its target, nothing says that they differ.
    const must = before !== undefined && now !== undefined;
    differences.push({ field: "target", baseline: before ?? "not named", candidate: now ?? "not named", must });
  }
  if (baseline.optionsDigest !== candidate.optionsDigest) {
    differences.push({
      field: "options",
      baseline: shortDigest(baseline.optionsDigest),
      candidate: shortDigest(candidate.optionsDigest),
      must: true,
    });
    // The digest says that something differs; the rate is what most often does.
    const [ratesBefore, ratesNow] = [plannedRates(baseline), plannedRates(candidate)];
    if (ratesBefore !== ratesNow && ratesBefore !== "" && ratesNow !== "") {
      differences.push({ field: "rate", baseline: ratesBefore, candidate: ratesNow, must: true });
    }
  }
  if (baseline.scriptSha256 !== candidate.scriptSha256) {
    differences.push({
      field: "script",
      baseline: shortDigest(baseline.scriptSha256),
      candidate: shortDigest(candidate.scriptSha256),
      must: false,
    });
  }
  return differences.sort((a, b) => Number(b.must) - Number(a.must));
}

/** A difference in words, for a warning or a reason. */
export function describeDifference({ field, baseline, candidate }: Difference): string {
  if (field === "options") return "the load options differ";
  if (field === "script") return "the script has changed";
  return `${field} differs (${baseline} / ${candidate})`;
}

/** The planned rates of a side's open-model runs: "1000/s". */
function plannedRates({ runs }: ComparedSide): string {
  const rates = runs.flatMap(({ load }) =>
    load?.openModel === true ? [`${Number(load.plannedRate.toPrecision(3))}/s`] : [],
  );
  return [...new Set(rates)].join(", ");
}

function alike(field: keyof Environment, a: Environment, b: Environment): boolean {
  if (field !== "memoryBytes") return a[field] === b[field];
  const larger = Math.max(a.memoryBytes, b.memoryBytes);
  return larger - Math.min(a.memoryBytes, b.memoryBytes) <= memoryTolerance * larger;
}

function text(field: keyof Environment, environment: Environment): string {
  return field === "memoryBytes" ? formatBytes(environment.memoryBytes) : String(environment[field]);
}

function shortDigest(sha256: string): string {
  return sha256.slice(0, 12);
}
