import { dirname } from "node:path";
import { appendHistory, type HistoryEntry, historyEntry, readHistory } from "../baseline/history.js";
import { findChangePoints } from "../compare/history.js";
import type { Comparison } from "../model/comparison.js";
import type { Trend } from "../model/history.js";
import { exitCodes, Problem } from "../model/problem.js";
import type { RunRecord } from "../model/run.js";
import { readRecord } from "./read-record.js";

export interface TrendRequest {
  readonly baselinesDir: string;
  readonly scenario: string;
  /** A latency metric, "error_ratio", "rate" or "rss_max"; else the latency nearest to the user's wait. */
  readonly metric?: string | undefined;
  /** "p50", "p95" (unless given) or "p99". */
  readonly statistic?: string | undefined;
  readonly every?: Trend["every"] | undefined;
  /** Only so many of the newest runs. */
  readonly last?: number | undefined;
  /** Smaller changes are not told, as a ratio; 0.03 unless given. */
  readonly minEffect?: number | undefined;
}

const latencies = ["http_req_response_time", "http_req_duration", "iteration_duration"];
const statistics = ["p50", "p95", "p99"] as const;
const others = { error_ratio: "ratio", rate: "per second", rss_max: "bytes" } as const;

/** Keeps runs in their scenario's trend, with what a comparison said of them. */
export async function keepHistory(
  baselinesDir: string,
  records: readonly RunRecord[],
  comparison?: Comparison,
): Promise<void> {
  for (const record of records) {
    await appendHistory(baselinesDir, record.manifest.scenario, historyEntry(record, comparison));
  }
}

/**
 * The same for one run that has ended; one that was cut short is no point of a trend.
 *
 * @returns why it could not be kept, in words: the run itself is safe, and its outcome must not depend on this
 */
export async function keepRun(baselinesDir: string, folder: string): Promise<string | undefined> {
  try {
    const record = readRecord(dirname(folder), folder);
    if (record.manifest.status === "complete") await keepHistory(baselinesDir, [record]);
    return undefined;
  } catch (error) {
    return `The run was not added to the history: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/**
 * A scenario's trend with its change points.
 *
 * @throws {Problem} `history.empty`, `history.metric-unknown`, `history.min-effect`, `history.last`, `baseline.name-invalid`
 */
export function readTrend(request: TrendRequest): Trend {
  const { baselinesDir, scenario, statistic = "p95", every = "run", last = Infinity, minEffect } = request;
  if (minEffect !== undefined && !(minEffect >= 0 && minEffect < Infinity)) {
    refuse(
      "history.min-effect",
      "This is no size of a change.",
      "--min-effect",
      minEffect,
      "a ratio from 0, such as 0.03",
    );
  }
  if (!(last >= 1)) refuse("history.last", "A trend needs a run.", "--last", last, "1 or more");
  const { entries: all, damage } = readHistory(baselinesDir, scenario);
  const entries = all.slice(-Math.min(last, all.length));
  if (entries.length === 0) {
    throw new Problem("history.empty", `There is no history of ${scenario}.`, {
      at: baselinesDir,
      hint: "It grows with every run, compare, baseline accept and nightly; check the name and --baselines.",
    });
  }
  const metric =
    request.metric ?? latencies.find((name) => entries.some((one) => one.latencyMs[name])) ?? latencies[0]!;
  const pick = pickOf(metric, statistic, entries);
  const counts = ({ validity, status }: HistoryEntry) =>
    status === "complete" && (validity === "valid" || validity === "degraded");
  const groups = every === "run" ? entries.map((one) => [one]) : byPeriod(entries, every);
  const points = groups.map((group) => {
    const newest = group.at(-1)!;
    const sound = group.filter(counts);
    const used = sound.length > 0 ? sound : group;
    return {
      id: newest.id,
      startedAt: newest.startedAt,
      value: levelOf(used.map(pick).filter((value) => value !== null)),
      runs: used.length,
      counts: sound.length > 0,
      verdict: newest.verdict,
      labels: newest.labels,
    };
  });
  const changePoints = findChangePoints(
    points.map(({ id, startedAt, value, counts: sound }, i) => ({
      id,
      startedAt,
      value: sound ? value : null,
      facts: factsOf(groups[i]!.at(-1)!),
    })),
    { minEffect },
  );
  const left = points.filter((point) => !point.counts).length;
  return {
    schema: "loadline.history/1",
    scenario,
    metric,
    statistic: metric in others ? "value" : statistic,
    unit: others[metric as keyof typeof others] ?? "ms",
    every,
    points,
    changePoints,
    warnings: [
      ...damage,
      ...(left === 0 ? [] : [`${left} of ${points.length} points are shown and not judged: invalid or cut short.`]),
    ],
  };
}

function refuse(code: string, message: string, at: string, found: number, expected: string): never {
  throw new Problem(code, message, { at, found: String(found), expected, exitCode: exitCodes.usage });
}

function pickOf(metric: string, statistic: string, entries: readonly HistoryEntry[]) {
  const known = [...new Set(entries.flatMap((one) => Object.keys(one.latencyMs)))];
  const isLatency = known.includes(metric) || latencies.includes(metric);
  const quantile = statistics.find((name) => name === statistic);
  if (quantile === undefined || !(isLatency || metric in others)) {
    throw new Problem("history.metric-unknown", "The trend does not keep this.", {
      at: quantile === undefined ? "--stat" : "--metric",
      found: quantile === undefined ? statistic : metric,
      expected: quantile === undefined ? statistics.join(", ") : [...latencies, ...Object.keys(others)].join(", "),
      exitCode: exitCodes.usage,
    });
  }
  return (entry: HistoryEntry): number | null => {
    if (metric === "error_ratio") return entry.errorRatio;
    if (metric === "rate") return entry.achievedRate;
    if (metric === "rss_max") return Math.max(0, ...Object.values(entry.rssMaxBytes)) || null;
    return entry.latencyMs[metric]?.[quantile] ?? null;
  };
}

/** The geometric mean, or the plain one where a zero forbids it. */
function levelOf(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const hasZero = values.some((value) => value <= 0);
  const sum = values.reduce((total, value) => total + (hasZero ? value : Math.log(value)), 0) / values.length;
  return Number((hasZero ? sum : Math.exp(sum)).toPrecision(6));
}

/** Runs of one UTC day, or of one week from Monday. */
function byPeriod(entries: readonly HistoryEntry[], every: "day" | "week"): HistoryEntry[][] {
  const groups = new Map<number, HistoryEntry[]>();
  for (const entry of entries) {
    const day = Math.floor(Date.parse(entry.startedAt) / 86_400_000);
    // Day 0 of the epoch was a Thursday.
    const key = every === "day" ? day : Math.floor((day + 3) / 7);
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  return [...groups.values()];
}

function factsOf(entry: HistoryEntry): Record<string, string> {
  const { group: _, ...labels } = entry.labels;
  const { cpuModel, kernel, node, loadline, scriptSha256, optionsDigest } = entry;
  return {
    ...labels,
    cpuModel,
    script: scriptSha256.slice(0, 12),
    options: optionsDigest.slice(0, 12),
    ...(kernel === undefined ? {} : { kernel }),
    ...(node === undefined ? {} : { node }),
    ...(loadline === undefined ? {} : { loadline }),
  };
}
