import { exitCodes, Problem } from "../model/problem.js";
import type { Environment, RunManifest, RunRecord } from "../model/run.js";

// What makes percentiles incomparable; the other fields of the fingerprint only raise a warning when compared.
export const decisiveFields: readonly (keyof Environment)[] = ["cpuModel", "cores", "os", "arch"];

/**
 * Whether runs may become a baseline, or one side of a comparison: whole, valid, and of one kind.
 *
 * @throws {Problem} as `acceptBaseline` documents
 */
export function checkAcceptable(records: readonly RunRecord[]): void {
  checkAlike(records);
  for (const { manifest, folder } of records) {
    if (manifest.validity.state === "invalid") {
      throw new Problem("baseline.run-invalid", `Run ${manifest.id} is invalid and cannot be a baseline.`, {
        at: folder,
        found: manifest.validity.reasons.map((reason) => reason.text).join(" ") || "invalid",
        expected: "a valid run",
        hint: "Remove the cause and make the run again.",
        exitCode: exitCodes.inconclusive,
      });
    }
    if (manifest.status !== "complete" || manifest.validity.state === "unknown" || lacksLoad(manifest)) {
      throw new Problem("baseline.run-incomplete", `Run ${manifest.id} was cut short and cannot be a baseline.`, {
        at: folder,
        found: manifest.status,
        expected: "a complete run",
        hint: "Make the run again and let it end.",
        exitCode: exitCodes.inconclusive,
      });
    }
  }
}

/** Every run of our own that came to its end has load figures; no file of another tool has. */
function lacksLoad({ load, validity }: RunManifest): boolean {
  return load === undefined && !validity.reasons.some(({ code }) => code === "imported");
}

/** @throws {Problem} `baseline.no-runs`, `baseline.run-twice` or `baseline.runs-unlike` */
export function checkAlike(records: readonly RunRecord[]): void {
  const [first, ...others] = records.map((record) => record.manifest);
  if (first === undefined) {
    throw new Problem("baseline.no-runs", "No run was given.", { hint: "Name at least one run folder." });
  }
  const seen = new Set([first.id]);
  for (const other of others) {
    if (seen.has(other.id)) {
      throw new Problem("baseline.run-twice", `Run ${other.id} was given twice.`, {
        hint: "Name each run once: the spread between runs is what a verdict rests on.",
      });
    }
    seen.add(other.id);
    const known = identity(first);
    const unlike = identity(other).find(([, value], i) => value !== known[i]![1]);
    if (unlike === undefined) continue;
    throw new Problem("baseline.runs-unlike", `Runs ${first.id} and ${other.id} are not of one kind.`, {
      at: unlike[0],
      found: unlike[1],
      expected: known.find(([field]) => field === unlike[0])![1],
      hint: "Give runs of one scenario, script, load, machine and target.",
    });
  }
}

function identity(manifest: RunManifest): [field: string, value: string][] {
  return [
    ["scenario", manifest.scenario],
    ["script", manifest.script.sha256],
    ["options", manifest.optionsDigest],
    ...decisiveFields.map((field): [string, string] => [`environment.${field}`, String(manifest.environment[field])]),
    // Who names targets means that they differ.
    ["labels.target", manifest.labels.target ?? "none"],
  ];
}
