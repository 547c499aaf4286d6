import type { LeakVerdict } from "../model/leak.js";
import { exitCodes, Problem } from "../model/problem.js";
import { formatBytes } from "../model/units.js";
import type { ResourceSample } from "../model/window.js";

const figures = {
  memory: "rssBytes",
  rss: "rssBytes",
  pss: "pssBytes",
  heap: "heapBytes",
  cpu: "cpuCores",
  fds: "fds",
  threads: "threads",
} as const;
type Figure = (typeof figures)[keyof typeof figures];

/** When a run or a watch ends early, by the user's own word. */
export type StopRule =
  | { readonly kind: "above"; readonly text: string; readonly figure: Figure; readonly limit: number }
  | { readonly kind: "leak"; readonly text: string };

const unitBytes: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
};

/**
 * "memory > 1GB", "cpu > 1.5", "fds > 1000", "leak certain".
 *
 * @throws {Problem} `stop-rule.unknown`
 */
export function parseStopRule(text: string): StopRule {
  if (/^\s*leak\s+certain\s*$/i.test(text)) return { kind: "leak", text: "leak certain" };
  const match = /^\s*([a-z]+)\s*>\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(text);
  const figure = match === null ? undefined : new Map(Object.entries(figures)).get(match[1]!.toLowerCase());
  const unit = (match?.[3] ?? "").toLowerCase();
  const factor =
    figure?.endsWith("Bytes") === true ? new Map(Object.entries(unitBytes)).get(unit) : unit === "" ? 1 : undefined;
  if (match === null || figure === undefined || factor === undefined) {
    throw new Problem("stop-rule.unknown", "This is no rule to stop by.", {
      at: "--stop-when",
      found: text,
      expected: `"leak certain", or ${Object.keys(figures).join(", ")} with > and a limit`,
      hint: 'Write it like "memory > 1GB" or "fds > 1000".',
      exitCode: exitCodes.usage,
    });
  }
  return { kind: "above", text: text.trim(), figure, limit: Number(match[2]) * factor };
}

/** Why to stop, in words; undefined while no rule is crossed. */
export function crossedBySample(rules: readonly StopRule[], sample: ResourceSample): string | undefined {
  for (const rule of rules) {
    if (rule.kind !== "above") continue;
    const value = sample[rule.figure];
    if (value === undefined || value <= rule.limit) continue;
    const shown = rule.figure.endsWith("Bytes") ? formatBytes(value) : String(Number(value.toPrecision(4)));
    return `Stopped by the rule "${rule.text}": ${sample.source} has ${shown}.`;
  }
  return undefined;
}

/**
 * Whether a leak is certain: the same figure `leaking` in this look and in the one before. Each look alone errs in 1 % of
 * cases, and a long run has many of them.
 */
export function crossedByLeak(
  rules: readonly StopRule[],
  now: readonly LeakVerdict[],
  before: readonly LeakVerdict[],
): string | undefined {
  if (!rules.some((rule) => rule.kind === "leak")) return undefined;
  const sure = now.find(
    (leak) =>
      leak.verdict === "leaking" &&
      before.some((old) => old.source === leak.source && old.figure === leak.figure && old.verdict === "leaking"),
  );
  return sure && `Stopped by the rule "leak certain": ${sure.source}: ${sure.sentence}`;
}
