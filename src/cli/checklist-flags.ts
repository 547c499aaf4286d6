import type { Command } from "commander";
import type { ChecklistRequest } from "../harness/checklist.js";
import { parseDuration } from "../model/units.js";

export interface EvidenceFlags {
  readonly run?: string;
  readonly reports: string;
  readonly baselines: string;
  readonly against: string;
  readonly ledger: string;
  readonly maxAge: string;
  readonly capacity?: string;
  readonly ab?: string;
  readonly probes?: string;
}

/** The flags that say what a checklist is judged by. */
export function addEvidenceFlags(command: Command): Command {
  return command
    .option("--reports <dir>", "where run folders live", "reports")
    .option("--baselines <dir>", "where baselines live", "baselines")
    .option("--against <baseline>", "name of the baseline", "main")
    .option("--ledger <file>", "what people have said", "checklists/ledger.ndjson")
    .option("--max-age <time>", "older evidence is stale", "30d")
    .option("--capacity <file>", "a capacity.json, for capacity and headroom")
    .option("--ab <file>", "the JSON of loadline ab, for ratios")
    .option("--probes <file>", "a probes.json beside the run's own");
}

/** @param version that the evidence must be of; undefined where any will do */
export function checklistRequest(file: string, flags: EvidenceFlags, version: string | undefined): ChecklistRequest {
  return {
    file,
    run: flags.run,
    reportsDir: flags.reports,
    baselinesDir: flags.baselines,
    against: flags.against,
    ledger: flags.ledger,
    maxAgeMs: parseDuration(flags.maxAge, "--max-age"),
    capacity: flags.capacity,
    ab: flags.ab,
    probes: flags.probes,
    version,
    now: new Date(),
  };
}
