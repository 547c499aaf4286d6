import type { ComparedRun, ComparedSide } from "../model/comparison.js";
import type { HistogramData } from "../model/histogram.js";
import type { PlainRun, Samples } from "../model/plain-run.js";
import { Problem } from "../model/problem.js";

// Plain runs say nothing of a machine or a script: both sides say the same nothing.
const unknown = { os: "", kernel: "", arch: "", cpuModel: "", cores: 0, memoryBytes: 0, node: "", loadline: "" };

/**
 * The side of a comparison that plain runs make.
 *
 * @param name "baseline" or "candidate": the prefix of ids that are not given, and of places in messages
 * @param like the other side where it is a whole one: its script, load and machine are taken to be these runs', too
 * @throws {Problem} `compare.run-invalid` with the place
 */
export function plainSide(runs: readonly PlainRun[], name: string, like?: ComparedSide): ComparedSide {
  const { scriptSha256, optionsDigest, environment, labels, contains } = like ?? {
    ...{ scriptSha256: "", optionsDigest: "", environment: unknown, labels: {}, contains: undefined },
  };
  return {
    ...{ name, scriptSha256, optionsDigest, environment, labels, contains },
    runs: runs.map((run, i) => comparedRun(run, `${name}[${i}]`, `${name}-${i + 1}`)),
  };
}

function comparedRun(run: PlainRun, at: string, id: string): ComparedRun {
  const totals: Record<string, HistogramData> = {};
  const samples: Record<string, Samples> = {};
  if (typeof run !== "object" || run === null || typeof run.series !== "object" || run.series === null) {
    refuse(at, run, "a run with `series`");
  }
  for (const [series, given] of Object.entries(run.series)) {
    const place = `${at}.series["${series}"]`;
    if (isValues(given)) samples[series] = checkedValues(given, place);
    else if (isLogQuantiles(given)) samples[series] = checkedQuantiles(given, place);
    else totals[series] = checkedHistogram(given as HistogramData, place);
  }
  for (const [metric, rate] of Object.entries(run.rates ?? {})) {
    const [passes, total] = Array.isArray(rate) ? (rate as readonly number[]) : [];
    if (passes !== undefined && total !== undefined && passes >= 0 && total >= passes && total < Infinity) continue;
    refuse(`${at}.rates["${metric}"]`, rate, "[passes, total] with 0 <= passes <= total");
  }
  if (run.throughput !== undefined && !(run.throughput >= 0 && run.throughput < Infinity)) {
    refuse(`${at}.throughput`, run.throughput, "a number from 0");
  }
  return {
    id: run.id ?? id,
    startedAt: run.startedAt ?? "",
    validity: run.validity ?? { state: "valid", reasons: [] },
    rates: run.rates ?? {},
    totals,
    samples,
    throughput: run.throughput,
    resources: run.resources,
  };
}

function isValues(given: HistogramData | Samples): given is readonly number[] {
  return Array.isArray(given) || ArrayBuffer.isView(given);
}

function isLogQuantiles(given: HistogramData | Samples): given is Exclude<Samples, readonly number[]> {
  return typeof given === "object" && given !== null && "logQuantiles" in given;
}

/** Sorted, because every quantile asks for it. */
function checkedValues(given: readonly number[], place: string): readonly number[] {
  const bad = given.findIndex((value) => !(value >= 0 && value < Infinity));
  if (bad >= 0) refuse(`${place}[${bad}]`, given[bad], "a number from 0");
  return [...given].sort((a, b) => a - b);
}

function checkedQuantiles(given: Exclude<Samples, readonly number[]>, place: string): Samples {
  for (const [q, log] of Object.entries(given.logQuantiles)) {
    if (!(Number(q) > 0 && Number(q) < 1)) refuse(`${place}.logQuantiles`, q, "a quantile between 0 and 1");
    if (!Number.isFinite(log)) refuse(`${place}.logQuantiles["${q}"]`, log, "the natural logarithm of a value above 0");
  }
  if (given.count !== undefined && !(given.count >= 0)) refuse(`${place}.count`, given.count, "a number from 0");
  return given;
}

function checkedHistogram(given: HistogramData, place: string): HistogramData {
  const expected = "a histogram, an array of numbers, or { logQuantiles }";
  if (typeof given !== "object" || given === null) refuse(place, given, expected);
  const { from, counts, count, sum, min, max } = given;
  const numbers = [from, count, sum, min, max];
  if (!numbers.every((value) => typeof value === "number" && value >= 0 && value < Infinity)) {
    refuse(place, Object.keys(given).join(", "), expected);
  }
  let total = 0;
  for (let i = 0; i < (counts?.length ?? 0); i += 1) total += counts[i]!;
  if (total !== count) refuse(`${place}.count`, count, `the sum of its counts, ${total}`);
  return given;
}

function refuse(at: string, found: unknown, expected: string): never {
  throw new Problem("compare.run-invalid", "A run cannot be compared as it was given.", {
    at,
    found: typeof found === "number" ? String(found) : found,
    expected,
    hint: "docs/library.md shows the shapes and their units.",
  });
}
