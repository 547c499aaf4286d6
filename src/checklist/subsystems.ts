import type { SilentSubsystem, Subsystem, Subsystems } from "../model/checklist.js";
import { formatDuration } from "../model/units.js";
import type { Evidence, RunEvidence } from "./evidence.js";

/** A source may miss some looks; beyond this, or a tenth of the load where that is more, it has fallen silent. */
const patienceMs = 5000;

/**
 * Which declared probes, watched sources and scenarios gave evidence, and which did not.
 *
 * Runs of versions that did not note what was declared tell of their sources and answered probes only.
 */
export function subsystemsOf({ run, probes }: Evidence): Subsystems {
  const heard: Subsystem[] = [];
  const silent: SilentSubsystem[] = [];
  const add = (kind: Subsystem["kind"], name: string, reason: string | undefined): void => {
    if (reason === undefined) heard.push({ kind, name });
    else silent.push({ kind, name, reason: sentence(kind, name, reason) });
  };
  const declared = run?.manifest.declared;
  if (run !== undefined) {
    for (const name of declared?.scenarios ?? []) add("scenario", name, ofScenario(name, run));
    for (const name of new Set(declared?.sources ?? run.manifest.resources.map(({ source }) => source)))
      add("source", name, ofSource(name, run));
  }
  for (const name of new Set([...(declared?.probes ?? []), ...probes.map((probe) => probe.name)]))
    add("probe", name, ofProbe(name, probes));
  return { heard, silent };
}

function ofScenario(name: string, { manifest, measured }: RunEvidence): string | undefined {
  const isAlone = manifest.declared?.scenarios.length === 1;
  const value = measured(isAlone ? "iterations" : `iterations{scenario:${name}}`)?.value;
  return value?.kind === "counter" && value.sum > 0 ? undefined : "was planned and made no iteration";
}

function ofSource(name: string, { manifest, lastFigureMs }: RunEvidence): string | undefined {
  const last = lastFigureMs.get(name);
  if (last === undefined) {
    const event = manifest.resources.find(({ source }) => source === name)?.events.at(-1)?.event;
    return `was watched and gave no figure${event === undefined ? "" : ` (${event})`}`;
  }
  const lengthMs = manifest.load?.durationMs ?? 0;
  if (lengthMs - last <= Math.max(patienceMs, lengthMs / 10)) return undefined;
  return `gave its last figure at ${formatDuration(last)} of ${formatDuration(lengthMs)}`;
}

function ofProbe(name: string, probes: Evidence["probes"]): string | undefined {
  const last = probes.findLast((probe) => probe.name === name);
  if (last === undefined) return "is declared in the config and was not asked";
  return last.state === "error" ? `could not be asked: ${last.reason}` : undefined;
}

function sentence(kind: Subsystem["kind"], name: string, rest: string): string {
  const line = `The ${kind} ${name} ${rest}`.replace(/\s+/g, " ").trim();
  return /[.!?]$/.test(line) ? line : `${line}.`;
}
