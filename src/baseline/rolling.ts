import type { Baseline } from "../model/baseline.js";
import { Problem } from "../model/problem.js";
import { decisiveFields } from "./acceptable.js";

/**
 * A stored baseline that takes in newer runs and lets the oldest go, so that it follows its target slowly.
 *
 * @param stored undefined where there is none yet
 * @param added the new runs as a baseline of their own; its note, labels and environment become the whole's
 * @param keep how many runs stay, the newest by their start
 * @throws {Problem} `baseline.run-twice` and `baseline.runs-unlike`, as for runs that are accepted together
 */
export function rollBaseline(stored: Baseline | undefined, added: Baseline, keep: number): Baseline {
  const before = stored?.runs ?? [];
  if (stored !== undefined) checkRolls(stored, added);
  const runs = [...before, ...added.runs].sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1)).slice(-keep);
  const contains = { ...stored?.contains, ...added.contains };
  return {
    ...added,
    ...(Object.keys(contains).length === 0 ? {} : { contains }),
    runs,
  };
}

function checkRolls(stored: Baseline, added: Baseline): void {
  const twice = added.runs.find((run) => stored.runs.some((other) => other.id === run.id));
  if (twice !== undefined) {
    throw new Problem("baseline.run-twice", `Run ${twice.id} is already part of the baseline "${stored.name}".`, {
      hint: "Leave it out: the spread between runs is what a verdict rests on.",
    });
  }
  const fieldsOf = ({ scriptSha256, optionsDigest, environment, labels }: Baseline): [string, string][] => [
    ["script", scriptSha256],
    ["options", optionsDigest],
    ...decisiveFields.map((field): [string, string] => [`environment.${field}`, String(environment[field])]),
    ["labels.target", labels.target ?? "none"],
  ];
  const known = fieldsOf(stored);
  const unlike = fieldsOf(added).find(([, value], i) => value !== known[i]![1]);
  if (unlike === undefined) return;
  throw new Problem("baseline.runs-unlike", `The runs are not of one kind with the baseline "${stored.name}".`, {
    at: unlike[0],
    found: unlike[1],
    expected: known.find(([field]) => field === unlike[0])![1],
    hint: "Give --replace without --keep to begin anew with these runs, or another --name.",
  });
}
