import type { Nightly, NightlyScenario } from "../model/nightly.js";
import { escapeMarkdown, escapeMarkup, plainText } from "./escape.js";
import { formatChange, formatInterval, formatValue, verdictMarks } from "./format.js";
import { painter } from "./paint.js";

const words = { pass: "Pass", improved: "Improved", regressed: "Regressed", inconclusive: "Inconclusive" } as const;

/** One line a scenario, for a terminal. */
export function renderNightlyText(nightly: Nightly, options: { readonly color: boolean }): string {
  const paint = painter(options.color);
  const tints = { pass: paint.green, improved: paint.green, regressed: paint.red, inconclusive: paint.yellow };
  const lines = nightly.scenarios.flatMap((one) => [
    tints[one.verdict](`${verdictMarks[one.verdict]} ${plainText(nameOf(one))}  ${one.verdict} (exit ${one.exitCode})`),
    `    ${plainText(one.reason)}`,
    ...(one.report === null ? [] : [`    ${plainText(one.report)}`]),
  ]);
  return `${lines.join("\n")}\n`;
}

/** For a pull request, a chat, or GitHub's step summary. */
export function renderNightlyMarkdown(nightly: Nightly): string {
  const { scenarios } = nightly;
  const worst = scenarios.filter((one) => one.exitCode !== 0).length;
  const title = worst === 0 ? "all scenarios passed" : `${worst} of ${scenarios.length} scenarios need a look`;
  const lines = [
    `## Loadline nightly ${nightly.startedAt.slice(0, 10)}: ${title}`,
    "",
    "| | scenario | verdict | runs | why |",
    "|---|---|---|---|---|",
    ...scenarios.map((one) => {
      const runs = `${one.runs.length}${one.retried > 0 ? ` (${one.retried} made again)` : ""}`;
      return `| ${verdictMarks[one.verdict]} | ${escapeMarkdown(nameOf(one))} | ${words[one.verdict]} | ${runs} | ${escapeMarkdown(one.reason)} |`;
    }),
    "",
  ];
  for (const one of scenarios) {
    const rows = one.comparison?.rows.filter((row) => row.gating) ?? [];
    if (rows.length === 0 && one.newestChange === null) continue;
    lines.push(`### ${escapeMarkdown(nameOf(one))}`, "");
    if (rows.length > 0) {
      lines.push("| | series | baseline | now | change | 90 % interval |", "|---|---|---|---|---|---|");
      for (const row of rows) {
        const values = [formatValue(row.baseline, row.unit), formatValue(row.candidate, row.unit)];
        const change = [formatChange(row.change, row.unit), formatInterval(row)];
        lines.push(
          `| ${verdictMarks[row.verdict]} | ${escapeMarkdown(`${row.series} ${row.statistic}`)} | ${[...values, ...change].join(" | ")} |`,
        );
      }
      lines.push("");
    }
    const change = one.newestChange;
    if (change !== null) {
      const also = change.alsoChanged
        .map(({ what, before, after }) => `${what} ${before || "–"} → ${after || "–"}`)
        .join("; ");
      const text = `Newest change of level in its history: ${formatChange(change.change, "ms")} at ${change.run} (${change.startedAt.slice(0, 10)})${also === "" ? "" : `; also changed: ${also}`}.`;
      lines.push(escapeMarkdown(text), "");
    }
  }
  return lines.join("\n");
}

/** For a CI server: a suite a scenario, a case for its runs and one for each gating row; undecided ones are skipped. */
export function renderNightlyJunit(nightly: Nightly): string {
  const suites = nightly.scenarios.map((one) => {
    const rows = one.comparison?.rows.filter((row) => row.gating) ?? [];
    const cases = [
      caseOf(one, "verdict", outcomeOf(one), one.reason),
      ...rows.map((row) => {
        const outcome = row.verdict === "regressed" ? "failed" : row.verdict === "inconclusive" ? "skipped" : "passed";
        const figures = `baseline ${formatValue(row.baseline, row.unit)}, now ${formatValue(row.candidate, row.unit)}, change ${formatChange(row.change, row.unit)}`;
        return caseOf(one, `${row.series} ${row.statistic}`, outcome, `${row.verdict}: ${figures}. ${row.reason}`);
      }),
    ];
    const count = (outcome: Outcome) => cases.filter((made) => made.outcome === outcome).length;
    const counts = `tests="${cases.length}" failures="${count("failed")}" errors="0" skipped="${count("skipped")}"`;
    const head = `  <testsuite name="${escapeMarkup(nameOf(one))}" ${counts} timestamp="${escapeMarkup(nightly.startedAt)}">`;
    return [head, ...cases.map((made) => made.text), "  </testsuite>"].join("\n");
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites name="loadline nightly">',
    ...suites,
    "</testsuites>",
    "",
  ].join("\n");
}

type Outcome = "passed" | "failed" | "skipped";

function outcomeOf({ exitCode, verdict }: NightlyScenario): Outcome {
  if (exitCode === 0) return "passed";
  // 112: nothing was proven, neither good nor bad.
  return verdict === "inconclusive" && exitCode === 112 ? "skipped" : "failed";
}

function caseOf(one: NightlyScenario, name: string, outcome: Outcome, body: string) {
  const head = `    <testcase classname="${escapeMarkup(nameOf(one))}" name="${escapeMarkup(name)}">`;
  const safe = escapeMarkup(body);
  const inner = {
    passed: `<system-out>${safe}</system-out>`,
    failed: `<failure message="${safe}">${safe}</failure>`,
    skipped: `<skipped message="${safe}"/>`,
  }[outcome];
  return { outcome, text: `${head}\n      ${inner}\n    </testcase>` };
}

function nameOf({ scenario, script }: NightlyScenario): string {
  return scenario ?? script;
}
