import { canonicalJson } from "../baseline/fingerprint.js";
import type { Segmentation } from "../model/options.js";
import { exitCodes, Problem } from "../model/problem.js";
import type { RunManifest, RunRecord } from "../model/run.js";
import { segmentOf } from "../script/segment-options.js";

/** One part of a test, recorded by one machine. */
export interface Shard {
  /** Its `shard` label, or its number. */
  readonly name: string;
  readonly record: RunRecord;
  /** The part of the test that it had, from 0 to 1. */
  readonly from: number;
  readonly to: number;
}

export interface ShardSet {
  readonly shards: readonly Shard[];
  /** Together they are the whole test, each part once. */
  readonly isWhole: boolean;
  readonly warnings: readonly string[];
}

/** What each machine may set for itself. */
const ownOptions = ["executionSegment", "executionSegmentSequence"];

/**
 * Runs as the shards of one test.
 *
 * @throws {Problem} `merge.…` where they are not of one test
 */
export function shardsOf(records: readonly RunRecord[]): ShardSet {
  refuseUnlike(records);
  const names = namesOf(records);
  const shards = records.map((record, i): Shard => ({ name: names[i]!, record, ...placeOf(record.manifest) }));
  const inOrder = [...shards].sort((a, b) => a.from - b.from || a.to - b.to);
  const warnings: string[] = [];
  let reached = 0;
  let isWhole = true;
  for (const shard of inOrder) {
    if (shard.from > reached + grain) {
      isWhole = false;
      warnings.push(`Nobody had the part from ${percent(reached)} to ${percent(shard.from)} of the test.`);
    } else if (shard.from < reached - grain) {
      isWhole = false;
      const before = inOrder[inOrder.indexOf(shard) - 1]!;
      warnings.push(
        `The segments of ${before.name} (${segmentWords(before)}) and ${shard.name} (${segmentWords(shard)}) overlap: ` +
          "what both had is counted twice.",
      );
    }
    reached = Math.max(reached, shard.to);
  }
  if (reached < 1 - grain) {
    isWhole = false;
    warnings.push(`Nobody had the part from ${percent(reached)} to 100 % of the test.`);
  }
  const sequences = new Set(records.map(({ manifest }) => String(manifest.options.executionSegmentSequence ?? "")));
  if (sequences.size > 1) {
    warnings.push(
      "The shards had different values of executionSegmentSequence: some iterations may have been made twice, others not at all.",
    );
  }
  return { shards, isWhole, warnings: [...warnings, ...environmentWarnings(records), ...startWarnings(records)] };
}

/** Rounding of segments as fractions. */
const grain = 1e-9;
/** Shards that begin further apart did not load the target at the same time. */
const togetherMs = 2000;

function refuseUnlike(records: readonly RunRecord[]): void {
  const first = records[0]!.manifest;
  const ids = new Set<string>();
  for (const { folder, manifest } of records) {
    if (ids.has(manifest.id)) {
      throw new Problem("merge.same-run", `The run ${manifest.id} is given twice.`, {
        at: folder,
        hint: "Name each shard once.",
        exitCode: exitCodes.usage,
      });
    }
    ids.add(manifest.id);
    const differs = (
      [
        ["scenario", first.scenario, manifest.scenario],
        ["script", first.script.sha256, manifest.script.sha256],
        ["options", commonOptions(first), commonOptions(manifest)],
      ] as const
    ).find(([, one, other]) => one !== other);
    if (differs === undefined) continue;
    const [what] = differs;
    throw new Problem("merge.unlike", `${manifest.id} and ${first.id} are not of one test: their ${what} differ.`, {
      at: folder,
      found: what === "options" ? unlikeOptions(first, manifest) : differs[2].slice(0, 40),
      expected: what === "options" ? "equal options, but for the execution segment" : differs[1].slice(0, 40),
      hint: "Shards are runs of one script with the same options. To hold unlike runs against one another, use loadline compare.",
    });
  }
}

function commonOptions({ options }: RunManifest): string {
  const loadline = { ...(options.ext as { loadline?: object } | undefined)?.loadline, workers: undefined };
  const kept = Object.entries(options).filter(([name]) => name !== "ext" && !ownOptions.includes(name));
  return canonicalJson({ ...Object.fromEntries(kept), loadline });
}

function unlikeOptions(one: RunManifest, other: RunManifest): string {
  const names = new Set([...Object.keys(one.options), ...Object.keys(other.options)]);
  const unlike = [...names].filter(
    (name) =>
      !ownOptions.includes(name) &&
      canonicalJson(one.options[name] ?? null) !== canonicalJson(other.options[name] ?? null),
  );
  return unlike.join(", ");
}

function placeOf({ options }: RunManifest): { from: number; to: number } {
  const segment: Segmentation = segmentOf(options) ?? { parts: [1], index: 0 };
  const sum = (parts: readonly number[]): number => parts.reduce((total, part) => total + part, 0);
  const { parts, index } = segment;
  return { from: sum(parts.slice(0, index)) / sum(parts), to: sum(parts.slice(0, index + 1)) / sum(parts) };
}

/** The label `shard` where each run has one of its own, else their numbers. */
function namesOf(records: readonly RunRecord[]): string[] {
  const labels = records.map(({ manifest }) => manifest.labels.shard);
  return new Set(labels).size === records.length && labels.every((label) => label !== undefined)
    ? (labels as string[])
    : records.map((_, i) => `shard-${i + 1}`);
}

function environmentWarnings(records: readonly RunRecord[]): string[] {
  const unlike = new Set(records.map(({ manifest }) => canonicalJson(manifest.environment))).size > 1;
  return unlike ? ["The shards were driven by unlike machines; the first one's environment is recorded."] : [];
}

function startWarnings(records: readonly RunRecord[]): string[] {
  const starts = records.map(({ manifest }) => Date.parse(manifest.startedAt));
  const apartMs = Math.max(...starts) - Math.min(...starts);
  if (apartMs <= togetherMs) return [];
  return [
    `The shards began ${(apartMs / 1000).toFixed(1)} s apart by their clocks. Each second here holds what each made in that second of its own run.`,
  ];
}

function segmentWords({ from, to }: Shard): string {
  return `${percent(from)} to ${percent(to)}`;
}

function percent(ratio: number): string {
  return `${Number((ratio * 100).toFixed(2))} %`;
}
