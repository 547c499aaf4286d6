import type { Clause, ClauseResult, ItemState } from "../model/checklist.js";
import { formatDuration } from "../model/units.js";
import { probeDisagreement } from "./agreement.js";
import type { Evidence, RunEvidence } from "./evidence.js";
import { type Finding, figureOf } from "./figures.js";

/** What rests on evidence; a person's word is judged by the ledger. */
export type ProvableClause = Exclude<Clause, { readonly kind: "attest" | "not-applicable" }>;

/**
 * Holds one piece of a binding against the evidence.
 *
 * A figure over its limit fails however short the run was; a good one counts only from a valid, complete run of the
 * right version, length and load.
 *
 * @param promise the item's sentence, which a probe must not contradict
 */
export function prove(clause: ProvableClause, evidence: Evidence, promise: string): ClauseResult {
  const result = (state: ItemState, reason: string, place?: string): ClauseResult => ({
    clause: clause.source,
    state,
    reason,
    ...(place === undefined ? {} : { evidence: place }),
  });
  switch (clause.kind) {
    case "probe":
      return proveByProbe(clause.name, evidence, promise, result);
    case "capacity":
    case "headroom":
    case "ab": {
      const finding = figureOf(clause, evidence);
      const stale = finding.at === undefined ? undefined : tooOld(finding.at, evidence);
      return settled(finding, stale, result);
    }
    default: {
      const { run } = evidence;
      if (run === undefined) return result("not-run", "No run was given.");
      const { state, reasons } = run.manifest.validity;
      if (state === "invalid") {
        const why = reasons.map(({ text }) => text).join(" ");
        return result("not-run", `The run is invalid and proves nothing. ${why}`.trim(), "report.html#validity");
      }
      return settled(figureOf(clause, evidence), shortcoming(clause, run, evidence), result);
    }
  }
}

type Make = (state: ItemState, reason: string, place?: string) => ClauseResult;

function settled(finding: Finding, stale: string | undefined, result: Make): ClauseResult {
  if (finding.holds === undefined) return result("not-run", finding.words, finding.place);
  if (!finding.holds) return result("fail", finding.words, finding.place);
  if (stale !== undefined) return result("stale", `${stale} (${finding.words})`, finding.place);
  return result("pass", finding.words, finding.place);
}

/** Why a good figure of this run does not count. */
function shortcoming(
  clause: { readonly overMs?: number; readonly atRate?: number },
  { manifest }: RunEvidence,
  evidence: Evidence,
): string | undefined {
  if (manifest.status !== "complete") return `The run was not completed: ${manifest.endReason ?? manifest.status}.`;
  const otherVersion = ofOtherVersion(manifest.labels.version, evidence);
  if (otherVersion !== undefined) return otherVersion;
  const lasted = manifest.load?.durationMs ?? 0;
  // The last window may close some milliseconds early.
  if (clause.overMs !== undefined && lasted < clause.overMs * 0.999)
    return `The run lasted ${formatDuration(lasted)}, and ${formatDuration(clause.overMs)} are asked for.`;
  const planned = manifest.load?.plannedRate ?? 0;
  if (clause.atRate !== undefined && planned < clause.atRate * 0.999)
    return `The run was planned at ${Number(planned.toPrecision(4))}/s, and ${clause.atRate}/s are asked for.`;
  return tooOld(manifest.endedAt ?? manifest.startedAt, evidence);
}

function ofOtherVersion(label: string | undefined, { version }: Evidence): string | undefined {
  if (version === undefined || label === version) return undefined;
  return label === undefined
    ? `The run does not say of which version it is; ${version} is wanted (run with --label version=${version}).`
    : `The run is of version ${label}, and ${version} is wanted.`;
}

function tooOld(at: string, { now, maxAgeMs }: Evidence): string | undefined {
  const ageMs = now.getTime() - Date.parse(at);
  return ageMs > maxAgeMs
    ? `The evidence is of ${at.slice(0, 10)}, ${days(ageMs)} old; ${days(maxAgeMs)} are allowed.`
    : undefined;
}

function days(ms: number): string {
  const count = Math.floor(ms / 86_400_000);
  return count < 1 ? formatDuration(ms) : `${count} day${count === 1 ? "" : "s"}`;
}

function proveByProbe(name: string, evidence: Evidence, promise: string, result: Make): ClauseResult {
  // Probes may be asked again; the last answer counts.
  const probe = evidence.probes.filter((one) => one.name === name).at(-1);
  if (probe === undefined) return result("not-run", `The probe ${name} was not run.`);
  const wrong = probeDisagreement(promise, probe.asked);
  if (wrong !== undefined) return result("refused", wrong, "probes.json");
  const said = oneLine(probe.reason === "" ? probe.answered : probe.reason);
  if (probe.state === "error") return result("not-run", `The probe ${name} could not be run: ${said}`, "probes.json");
  if (probe.state === "fail") return result("fail", said, "probes.json");
  const stale = ofOtherVersion(evidence.run?.manifest.labels.version, evidence) ?? tooOld(probe.at, evidence);
  return stale === undefined
    ? result("pass", said, "probes.json")
    : result("stale", `${stale} (${said})`, "probes.json");
}

/** What a probe was answered, on one line that fits a table. */
function oneLine(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}
