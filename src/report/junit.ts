import type { Comparison, ComparisonRow } from "../model/comparison.js";
import type { RunManifest, ThresholdResult } from "../model/run.js";
import { escapeMarkup } from "./escape.js";
import { formatChange, formatInterval, formatValue } from "./format.js";
import { observed } from "./text.js";

interface Case {
  readonly suite: string;
  readonly name: string;
  readonly body: string;
  readonly outcome: "passed" | "failed" | "skipped";
}

/**
 * The run for a CI server: one case a threshold, one a row of the comparison, one for the run's own validity.
 *
 * An undecided row is skipped rather than passed, so that no server counts it as a success.
 */
export function renderJunit(manifest: RunManifest, comparison?: Comparison): string {
  const cases = [validityCase(manifest), ...manifest.thresholds.map((row) => thresholdCase(manifest, row))];
  for (const row of comparison?.rows ?? []) cases.push(rowCase(row));
  const seconds = ((manifest.load?.durationMs ?? 0) / 1000).toFixed(3);
  const suites = ["validity", "thresholds", "comparison"]
    .map((suite) => cases.filter((one) => one.suite === suite))
    .filter((group) => group.length > 0)
    .map((group) => renderSuite(manifest, group));
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${escapeMarkup(`loadline ${manifest.scenario}`)}" ${counts(cases)} time="${seconds}">`,
    ...suites,
    "</testsuites>",
    "",
  ].join("\n");
}

function counts(cases: readonly Case[]): string {
  const of = (outcome: Case["outcome"]): number => cases.filter((one) => one.outcome === outcome).length;
  return `tests="${cases.length}" failures="${of("failed")}" errors="0" skipped="${of("skipped")}"`;
}

function renderSuite(manifest: RunManifest, cases: readonly Case[]): string {
  const suite = cases[0]!.suite;
  return [
    `  <testsuite name="${suite}" ${counts(cases)} timestamp="${escapeMarkup(manifest.startedAt)}">`,
    ...cases.map((one) => {
      const head = `    <testcase classname="${escapeMarkup(`${manifest.scenario}.${suite}`)}" name="${escapeMarkup(one.name)}"`;
      const body = escapeMarkup(one.body);
      if (one.outcome === "failed")
        return `${head}>\n      <failure message="${body}">${body}</failure>\n    </testcase>`;
      if (one.outcome === "skipped") return `${head}>\n      <skipped message="${body}"/>\n    </testcase>`;
      return `${head}>\n      <system-out>${body}</system-out>\n    </testcase>`;
    }),
    "  </testsuite>",
  ].join("\n");
}

function validityCase(manifest: RunManifest): Case {
  const { state, reasons } = manifest.validity;
  const body = [`${manifest.status}, ${state}`, ...reasons.map((reason) => reason.text)].join("; ");
  const outcome = state === "invalid" ? "failed" : state === "unknown" ? "skipped" : "passed";
  return { suite: "validity", name: "the run may be judged", body, outcome };
}

function thresholdCase(manifest: RunManifest, row: ThresholdResult): Case {
  return {
    suite: "thresholds",
    name: `${row.metric} ${row.expression}`,
    body: `observed ${observed(manifest, row)}, limit ${row.expression}`,
    outcome: row.ok ? "passed" : "failed",
  };
}

function rowCase(row: ComparisonRow): Case {
  const figures = `baseline ${formatValue(row.baseline, row.unit)}, now ${formatValue(row.candidate, row.unit)}, change ${formatChange(row.change, row.unit)} (${formatInterval(row)})`;
  const failed = row.verdict === "regressed" && row.gating;
  const settled = row.verdict === "pass" || row.verdict === "improved";
  return {
    suite: "comparison",
    name: `${row.series} ${row.statistic}${row.gating ? "" : " (informational)"}`,
    body: `${row.verdict}: ${figures}. ${row.reason}`,
    outcome: failed ? "failed" : settled ? "passed" : "skipped",
  };
}
