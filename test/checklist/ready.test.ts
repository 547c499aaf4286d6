import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseBinding } from "../../src/checklist/binding.js";
import type { Evidence } from "../../src/checklist/evidence.js";
import { judgeItems } from "../../src/checklist/judge.js";
import { readChecklist } from "../../src/checklist/read.js";
import type { ChecklistItem, Clause } from "../../src/model/checklist.js";
import type { Comparison } from "../../src/model/comparison.js";
import type { ProbeResult } from "../../src/model/probe.js";
import type { SeriesValue } from "../../src/model/window.js";
import { Histogram } from "../../src/stats/histogram.js";
import { evidenceOf, leak, ledgerOf, now, runOf } from "./worlds.js";

const folder = join(import.meta.dirname, "../../checklists");
const names = [
  "production-readiness",
  "staging-canary",
  "production-verification",
  "deployment-verification",
  "first/first-release",
];

/** A service whose times are 1 to 40 ms, times `slower`, and which fails `failed` of 10,000 requests. */
function measured({ slower = 1, failed = 1, requests = 3_600_000 }): (name: string) => ReturnType<typeof seriesOf> {
  const times = new Histogram();
  for (let ms = 1; ms <= 40; ms += 1) times.record(ms * 1000 * slower);
  const trend: SeriesValue = { kind: "trend", histogram: times.toData() };
  const all: Readonly<Record<string, SeriesValue>> = {
    http_req_duration: trend,
    http_req_response_time: trend,
    http_req_failed: { kind: "rate", passes: failed, total: 10_000 },
    checks: { kind: "rate", passes: 10_000 - failed, total: 10_000 },
    http_reqs: { kind: "counter", sum: requests },
  };
  return (name) => seriesOf(all[name]);
}

function seriesOf(value: SeriesValue | undefined) {
  if (value === undefined) return undefined;
  return { series: { type: value.kind, contains: value.kind === "trend" ? "time" : "default" } as const, value };
}

const rows = [
  ["http_req_response_time", "p(95)"],
  ["http_req_failed", "rate"],
  ["throughput", "rate"],
] as const;

function comparisonOf(verdict: "pass" | "regressed"): Comparison {
  return {
    schema: "loadline.comparison/1",
    scenario: "shop",
    baseline: { name: "main", runs: ["a"] },
    candidate: { runs: ["b"] },
    verdict,
    reason: `It ${verdict}.`,
    rows: rows.map(([series, statistic]) => ({
      ...{ series, statistic, gating: true, unit: "ms", better: "lower", baseline: 10, candidate: 20, change: 1 },
      ...{ interval: null, margin: 0.05, verdict, reason: `${series} ${verdict}.`, moreRuns: null },
    })),
    differences: [],
    warnings: [],
  };
}

const probesOf = (clauses: readonly Clause[], state: ProbeResult["state"]): ProbeResult[] =>
  clauses.flatMap((clause) =>
    clause.kind !== "probe"
      ? []
      : [
          {
            ...{
              name: clause.name,
              kind: "http",
              state,
              at: now.toISOString(),
              asked: "",
              answered: "",
              durationMs: 1,
            },
            reason: `${clause.name} is ${state}`,
          },
        ],
  );

const target = {
  source: "target",
  samples: 3600,
  rssBytes: { min: 1e8, p50: 2e8, p95: 3e8, max: 4e8, last: 3e8 },
  cpuCores: { min: 0.1, p50: 0.3, p95: 0.4, max: 0.9, last: 0.3 },
  events: [],
};
const fds = { ...leak("stable"), figure: "fds" as const, sentence: "File descriptors are stable." };
const grows = (figure: "rssBytes" | "fds") => ({ ...leak("leaking"), figure, sentence: `${figure} grows.` });
const sound = { leaks: [leak("stable"), fds], resources: [target] };

function goodEvidence(clauses: readonly Clause[]): Evidence {
  return evidenceOf({
    run: { ...runOf(sound), measured: measured({}) },
    comparison: comparisonOf("pass"),
    probes: probesOf(clauses, "pass"),
    capacity: { perSecond: 1500, scenarioRate: 1000, at: now.toISOString() },
    ab: { ratios: { "p(95)": { estimate: 1.1, high: 1.3 } }, at: now.toISOString() },
  });
}

/** What is wrong with a release of which this piece of a binding is not true, and the words that must tell it. */
function spoilt(clause: Clause): { readonly evidence: Partial<Evidence>; readonly why: RegExp } {
  const run = (change: Parameters<typeof runOf>[0], values = measured({})) => ({
    run: { ...runOf({ ...sound, ...change }), measured: values },
  });
  switch (clause.kind) {
    case "threshold":
      return {
        evidence: run({}, measured({ slower: 100, failed: 500 })),
        why: new RegExp(`${clause.metric} .* is .*, wanted`),
      };
    case "throughput":
      return { evidence: run({}, measured({ requests: 36_000 })), why: /http_reqs: 10\/s, wanted > 833/ };
    case "load": {
      const load = { ...runOf().manifest.load!, plannedRate: 500, achievedRate: 500 };
      return { evidence: run({ load }), why: /planned at 500\/s, and 1000\/s are asked for/ };
    }
    case "concurrency":
      return { evidence: { run: { ...runOf(sound), measured: measured({}), peakBusy: 3 } }, why: /At most 3 virtual/ };
    case "resource": {
      const cpuCores = { min: 1, p50: 1, p95: 1.5, max: 2, last: 1 };
      const rssBytes = { min: 1e9, p50: 2e9, p95: 3e9, max: 4e9, last: 3e9 };
      return {
        evidence: run({ resources: [{ ...target, cpuCores, rssBytes }] }),
        why: /target .*(GB|%|cores?).*wanted/,
      };
    }
    case "leak":
      return { evidence: run({ leaks: [grows("rssBytes"), grows("fds")] }), why: /grows/ };
    case "verdict":
      return { evidence: { comparison: comparisonOf("regressed") }, why: /regressed/ };
    case "check": {
      const check = { name: clause.name, path: "", id: "", passes: 9, fails: 1 };
      const summary = runOf().manifest.summary!;
      const root_group = { ...summary.root_group, checks: [check] };
      return { evidence: run({ summary: { ...summary, root_group } }), why: /1 of 10|9 of 10|failed/ };
    }
    case "probe":
      return { evidence: { probes: probesOf([clause], "fail") }, why: new RegExp(`${clause.name} is fail`) };
    case "capacity":
    case "headroom":
      return {
        evidence: { capacity: { perSecond: 1050, scenarioRate: 1000, at: now.toISOString() } },
        why: /wanted >= 20/,
      };
    case "ab":
      return { evidence: { ab: { ratios: { "p(95)": { estimate: 3, high: 4 } }, at: now.toISOString() } }, why: /4/ };
    case "attest":
      return { evidence: {}, why: /Nobody with the role .* has attested it/ };
    case "not-applicable":
      throw new Error("nothing can spoil it");
  }
}

const attested = (item: ChecklistItem, clauses: readonly Clause[]) =>
  clauses.flatMap((clause) =>
    clause.kind === "attest"
      ? [{ kind: "attest" as const, checklist: "x", item: item.id, text: item.text, by: "Ada", role: clause.role! }]
      : [],
  );

describe.each(names)("every item of %s", (name) => {
  const checklist = readChecklist(readFileSync(join(folder, `${name}.md`), "utf8"), name);
  const clausesOf = (item: ChecklistItem) => item.bindings.flatMap((text) => parseBinding(text, name).clauses);
  const all = checklist.items.flatMap(clausesOf);
  const entries = ledgerOf(...checklist.items.flatMap((item) => attested(item, clausesOf(item)))).entries;

  test("is settled where all is well", () => {
    const judged = judgeItems(checklist, goodEvidence(all), entries);
    expect(judged.filter(({ settled }) => !settled)).toEqual([]);
  });

  test.each(checklist.items.flatMap((item) => clausesOf(item).map((clause) => [item.text, clause, item] as const)))(
    "%s: fails by its own piece alone, and says why",
    (_, clause, item) => {
      const { evidence, why } = spoilt(clause);
      const others =
        clause.kind === "attest" ? entries.filter((entry) => !("item" in entry) || entry.item !== item.id) : entries;
      const good = goodEvidence(all);
      const probes = good.probes.map((probe) => evidence.probes?.find((bad) => bad.name === probe.name) ?? probe);
      const judged = judgeItems(checklist, { ...good, ...evidence, probes }, others).find(({ id }) => id === item.id)!;
      expect([judged.settled, judged.reason]).toEqual([false, expect.stringMatching(why)]);
    },
  );
});
