import type { Comparison, Decision } from "../model/comparison.js";
import type { GroupSummary, ResourceSummary, RunManifest, ThresholdResult } from "../model/run.js";
import { formatBytes, formatDuration, formatMs } from "../model/units.js";
import { plainText } from "./escape.js";
import { formatCount, formatCounted, formatNumber, formatPercent, type TimeUnit } from "./format.js";
import { leakLines } from "./leak-lines.js";
import { describeMetric, groupOf, type MetricGroup } from "./metric-lines.js";
import { type Paint, painter } from "./paint.js";

export interface TextOptions {
  readonly decision: Decision;
  readonly comparison?: Comparison | undefined;
  readonly color: boolean;
  /** Columns of the terminal. */
  readonly width: number;
}

/** The end-of-test summary for a terminal: thresholds, checks, metrics, the run's own fitness, and last the verdict. */
export function renderText(manifest: RunManifest, options: TextOptions): string {
  const paint = painter(options.color);
  const blocks = [
    thresholdBlock(manifest, paint),
    checkBlock(manifest, paint),
    ...metricBlocks(manifest, paint, options.width),
    fitnessBlock(manifest, paint),
    targetBlock(manifest, paint),
    eventBlock(manifest, paint),
    warningBlock(manifest, options.comparison, paint),
    verdictBlock(manifest, options.decision, paint),
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

/** What was watched, and what it did: all that a run without load has. */
export function renderWatched(manifest: RunManifest, { color }: Pick<TextOptions, "color">): string {
  const paint = painter(color);
  const early = manifest.endReason === undefined ? "" : `; ${plainText(manifest.endReason)}`;
  const blocks = [
    targetBlock(manifest, paint),
    eventBlock(manifest, paint),
    [paint.dim(`  ${plainText(manifest.scenario)} ${manifest.id}: ${manifest.status}${early}`)],
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function heading(name: string, paint: Paint): string {
  return `  ${paint.bold(name)}`;
}

function mark(ok: boolean, paint: Paint): string {
  return ok ? paint.green("✓") : paint.red("✗");
}

function thresholdBlock(manifest: RunManifest, paint: Paint): string[] {
  if (manifest.thresholds.length === 0) return [];
  const name = ({ metric, expression }: ThresholdResult): string => plainText(`${metric} ${expression}`);
  const width = Math.max(...manifest.thresholds.map((threshold) => name(threshold).length));
  return [
    heading("THRESHOLDS", paint),
    ...manifest.thresholds.map(
      (threshold) =>
        `  ${mark(threshold.ok, paint)} ${name(threshold).padEnd(width)}  ${paint.dim(observed(manifest, threshold))}`,
    ),
  ];
}

/** The observed value in its metric's unit. */
export function observed(manifest: Pick<RunManifest, "summary">, threshold: ThresholdResult): string {
  if (threshold.observed === null) return "nothing was measured";
  const metric =
    manifest.summary?.metrics[threshold.metric] ?? manifest.summary?.metrics[threshold.metric.split("{")[0]!];
  if (metric?.contains === "time") return formatMs(threshold.observed);
  if (metric?.type === "rate") return formatPercent(threshold.observed);
  return formatNumber(threshold.observed);
}

function checkBlock(manifest: RunManifest, paint: Paint): string[] {
  const root = manifest.summary?.root_group;
  if (root === undefined) return [];
  // A group without a check in it has nothing to say here.
  const linesOf = (group: GroupSummary): string[] => [
    ...group.checks.map(({ name, passes, fails }) => {
      const counts = fails === 0 ? "" : paint.dim(`  ${formatCount(passes)} passed, ${formatCount(fails)} failed`);
      return `  ${mark(fails === 0, paint)} ${plainText(name)}${counts}`;
    }),
    ...group.groups.flatMap((inner) => {
      const lines = linesOf(inner);
      return lines.length === 0 ? [] : [`  ${plainText(inner.name)}`, ...lines.map((line) => `  ${line}`)];
    }),
  ];
  const lines = linesOf(root);
  return lines.length === 0 ? [] : [heading("CHECKS", paint), ...lines];
}

const groupOrder: readonly MetricGroup[] = ["custom", "HTTP", "execution", "network"];

function metricBlocks(manifest: RunManifest, paint: Paint, width: number): string[][] {
  const metrics = Object.entries(manifest.summary?.metrics ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const longest = Math.max(24, ...metrics.map(([name]) => Math.min(nameOf(name).length, 48))) + 4;
  const timeUnit = timeUnitOf(manifest.options.summaryTimeUnit);
  return groupOrder.map((group) => {
    const inGroup = metrics.filter(([name]) => groupOf(name) === group);
    if (inGroup.length === 0) return [];
    return [
      heading(group === "HTTP" ? group : group.toUpperCase(), paint),
      ...inGroup.flatMap(([name, metric]) => {
        const leader = `  ${nameOf(name)}${paint.dim(".".repeat(Math.max(2, longest - nameOf(name).length)))}: `;
        const values = describeMetric(metric, timeUnit);
        // A narrow terminal gets the values on lines of their own rather than a torn one.
        if (longest + 4 + values.length <= width || metric.type !== "trend") return [leader + paint.cyan(values)];
        return [leader.trimEnd(), ...wrap(values, width - 6).map((line) => `      ${paint.cyan(line)}`)];
      }),
    ];
  });
}

/** The options are as the script gave them; what is no unit was refused before the run. */
function timeUnitOf(given: unknown): TimeUnit {
  return given === "s" || given === "ms" || given === "us" ? given : "";
}

/** A submetric is indented beneath its metric. */
function nameOf(name: string): string {
  const plain = plainText(name);
  const brace = plain.indexOf("{");
  return brace < 0 ? plain : `  ${plain.slice(brace)}`;
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + word.length + 1 > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

function fitnessBlock(manifest: RunManifest, paint: Paint): string[] {
  const { load, validity } = manifest;
  const state = { valid: paint.green, degraded: paint.yellow, invalid: paint.red, unknown: paint.yellow }[
    validity.state
  ];
  const lines = [heading("THE RUN ITSELF", paint), `  ${state(validity.state)}${reasons(manifest)}`];
  if (load === undefined) return lines;
  const late = load.latenessMs;
  if (load.openModel) {
    lines.push(
      `  planned ${formatNumber(load.plannedRate)}/s, achieved ${formatNumber(load.achievedRate)}/s, dropped ${formatCount(load.dropped)} of ${formatCount(load.plannedArrivals)}`,
      late === undefined
        ? "  lateness and stalls unknown: the engine does not tell"
        : `  lateness p50=${formatMs(late.p50)} p99=${formatMs(late.p99)} max=${formatMs(late.max)}, longest stall ${formatMs(load.longestStallMs ?? 0)}`,
    );
  } else lines.push(`  closed model: ${formatNumber(load.achievedRate)} iterations/s, each waiting for the one before`);
  const others =
    load.othersCores === undefined ? "" : `; other programs of this machine ${formatNumber(load.othersCores)} cores`;
  lines.push(
    `  generator CPU ${formatNumber(load.harnessCpuCores)} cores, memory ${formatBytes(load.harnessRssMaxBytes)} at most${others}`,
  );
  return lines;
}

function reasons(manifest: RunManifest): string {
  const texts = manifest.validity.reasons.map((reason) => plainText(reason.text));
  return texts.length === 0 ? "" : `: ${texts.join(" ")}`;
}

function targetBlock(manifest: RunManifest, paint: Paint): string[] {
  const lines = manifest.resources.map((source) => {
    const parts = [
      source.rssBytes &&
        `memory ${formatBytes(source.rssBytes.p50)} median, ${formatBytes(source.rssBytes.max)} at most`,
      source.cpuCores &&
        `CPU ${formatNumber(source.cpuCores.p50)} cores median, ${formatNumber(source.cpuCores.max)} at most`,
      source.cpuSecondsPerThousand !== undefined &&
        `${formatMs(source.cpuSecondsPerThousand * 1000)} of CPU per 1,000 requests`,
      saturation(source),
      source.throttledRatio &&
        source.throttledRatio.max > 0 &&
        `throttled ${formatPercent(source.throttledRatio.p50)} of the time as a rule, ${formatPercent(source.throttledRatio.max)} at most`,
      source.fds && `${formatNumber(source.fds.last)} file descriptors at the end`,
    ].filter((part) => typeof part === "string");
    const leaks = (manifest.leaks ?? []).filter((leak) => leak.source === source.source);
    return [`  ${plainText(source.source)}: ${parts.join("; ") || "no samples"}`, ...leakLines(leaks, paint)].join(
      "\n",
    );
  });
  return lines.length === 0 ? [] : [heading("WATCHED", paint), ...lines];
}

/** In how many of its samples a source had no CPU left; undefined where it always had. */
export function saturation({ saturatedRatio, limitCores }: ResourceSummary): string | undefined {
  if (saturatedRatio === undefined || limitCores === undefined || saturatedRatio === 0) return undefined;
  return `at its limit of ${formatNumber(limitCores)} cores in ${formatPercent(saturatedRatio)} of the samples`;
}

// A source that comes and goes each second would fill the screen.
const shownEvents = 20;

/** What happened to the watched sources: restarts, gaps, kills. */
function eventBlock(manifest: RunManifest, paint: Paint): string[] {
  const events = manifest.resources
    .flatMap(({ source, events }) => events.map((event) => ({ source, ...event })))
    .sort((a, b) => a.atMs - b.atMs);
  if (events.length === 0) return [];
  const lines = events
    .slice(0, shownEvents)
    .map(
      ({ source, atMs, event }) =>
        `  ${plainText(source)} at ${formatDuration(Math.round(atMs / 1000) * 1000)}: ${plainText(event)}`,
    );
  const left = events.length - lines.length;
  return [heading("EVENTS", paint), ...lines, ...(left > 0 ? [paint.dim(`  and ${left} more, in run.json`)] : [])];
}

function warningBlock(manifest: RunManifest, comparison: Comparison | undefined, paint: Paint): string[] {
  const warnings = [...manifest.warnings, ...(comparison?.warnings ?? [])];
  return warnings.length === 0
    ? []
    : [heading("WARNINGS", paint), ...warnings.map((warning) => `  ${paint.yellow("!")} ${plainText(warning)}`)];
}

function verdictBlock(manifest: RunManifest, decision: Decision, paint: Paint): string[] {
  const requests = manifest.summary?.metrics.http_reqs?.values.count;
  const duration = manifest.load ? ` in ${formatDuration(manifest.load.durationMs)}` : "";
  const early = manifest.endReason === undefined ? "" : `; ${plainText(manifest.endReason)}`;
  const counted = requests === undefined ? "" : `, ${formatCounted(requests, "request")}${duration}`;
  const paintWord = {
    PASS: paint.green,
    IMPROVED: paint.green,
    FAIL: paint.red,
    REGRESSED: paint.red,
    INCONCLUSIVE: paint.yellow,
    INVALID: paint.red,
  }[decision.word];
  return [
    paint.dim(`  ${plainText(manifest.scenario)} ${manifest.id}: ${manifest.status}${early}${counted}`),
    `  ${paint.bold(paintWord(decision.word))}  ${plainText(decision.sentence)}`,
  ];
}
