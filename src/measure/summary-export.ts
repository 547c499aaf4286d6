import type { GroupSummary, MetricSummary, Summary } from "../model/run.js";

/** A group as `--summary-export` holds it: children by name instead of in lists. */
export interface ExportedGroup {
  readonly name: string;
  readonly path: string;
  readonly id: string;
  readonly groups: Readonly<Record<string, ExportedGroup>>;
  readonly checks: Readonly<Record<string, GroupSummary["checks"][number]>>;
}

export interface SummaryExport {
  readonly metrics: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly root_group: ExportedGroup;
}

/** The summary in the shape of k6's `--summary-export`: values beside the thresholds, true for one that FAILED. */
export function toSummaryExport(summary: Summary): SummaryExport {
  return {
    metrics: Object.fromEntries(
      Object.entries(summary.metrics).map(([name, metric]) => [name, exportedMetric(metric)]),
    ),
    root_group: exportedGroup(summary.root_group),
  };
}

function exportedMetric({ type, values, thresholds }: MetricSummary): Record<string, unknown> {
  const { rate, ...others } = values;
  return {
    // In this file k6 calls the ratio of a Rate its value.
    ...(type === "rate" ? { ...others, value: rate } : values),
    ...(thresholds === undefined
      ? {}
      : { thresholds: Object.fromEntries(Object.entries(thresholds).map(([text, { ok }]) => [text, !ok])) }),
  };
}

function exportedGroup({ name, path, id, groups, checks }: GroupSummary): ExportedGroup {
  return {
    name,
    path,
    id,
    groups: Object.fromEntries(groups.map((group) => [group.name, exportedGroup(group)])),
    checks: Object.fromEntries(checks.map((check) => [check.name, check])),
  };
}
