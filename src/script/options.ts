import { didYouMean } from "../model/nearest.js";
import type { K6Options, ScenarioPlan, ThresholdOption } from "../model/options.js";
import { Problem } from "../model/problem.js";
import { duration, flag, isSet, list, record, shown, text, textByName, wholeNumber } from "./fields.js";
import { loadlineOptions } from "./loadline-options.js";
import { networkOptionNames, networkOptions } from "./network-options.js";
import type { RawOptions } from "./raw-options.js";

/** Options of k6 that are accepted, so that scripts run unchanged, but change nothing here yet. */
const notActedOn = new Set(["paused", "cloud", "linger", "noUsageReport"]);

const defaultSystemTags = [
  "proto",
  "subproto",
  "status",
  "method",
  "url",
  "name",
  "group",
  "check",
  "error",
  "error_code",
  "tls_version",
  "scenario",
  "service",
  "expected_response",
];
const otherSystemTags = ["vu", "iter", "ip", "ocsp_status", "rpc_type"];

type Settings = Omit<K6Options, "scenarios" | "network" | "loadline" | "raw">;

const positive = (what: string) => (value: unknown, at: string) =>
  wholeNumber(value, at, 1, `Give the number of ${what}, 1 or more.`);

/** By our field: the option's name in k6, its default, and how it is read. */
const settings: { readonly [K in keyof Settings]: Setting<Settings[K]> } = {
  thresholds: { name: "thresholds", fallback: {}, read: thresholdsOf },
  tags: { name: "tags", fallback: {}, read: textByName },
  setupTimeoutMs: { name: "setupTimeout", fallback: 60_000, read: duration },
  teardownTimeoutMs: { name: "teardownTimeout", fallback: 60_000, read: duration },
  noSetup: { name: "noSetup", fallback: false, read: flag },
  noTeardown: { name: "noTeardown", fallback: false, read: flag },
  maxRedirects: {
    name: "maxRedirects",
    fallback: 10,
    read: (value, at) => wholeNumber(value, at, 0, "Give 0 to follow none."),
  },
  userAgent: { name: "userAgent", fallback: "loadline", read: text },
  batch: { name: "batch", fallback: 20, read: positive("parallel requests") },
  batchPerHost: { name: "batchPerHost", fallback: 6, read: positive("parallel requests for one host") },
  insecureSkipTLSVerify: { name: "insecureSkipTLSVerify", fallback: false, read: flag },
  throw: { name: "throw", fallback: false, read: flag },
  discardResponseBodies: { name: "discardResponseBodies", fallback: false, read: flag },
  noConnectionReuse: { name: "noConnectionReuse", fallback: false, read: flag },
  noVUConnectionReuse: { name: "noVUConnectionReuse", fallback: false, read: flag },
  noCookiesReset: { name: "noCookiesReset", fallback: false, read: flag },
  minIterationDurationMs: { name: "minIterationDuration", fallback: 0, read: duration },
  hosts: { name: "hosts", fallback: {}, read: textByName },
  summaryTrendStats: {
    name: "summaryTrendStats",
    fallback: ["avg", "min", "med", "max", "p(90)", "p(95)"],
    read: trendStatsOf,
  },
  handleSummaryTimeoutMs: { name: "handleSummaryTimeout", fallback: 120_000, read: duration },
  summaryTimeUnit: { name: "summaryTimeUnit", fallback: "", read: timeUnitOf },
  systemTags: { name: "systemTags", fallback: defaultSystemTags, read: systemTagsOf },
};

interface Setting<T> {
  readonly name: string;
  readonly fallback: T;
  readonly read: (value: unknown, at: string) => T;
}

/** Names of all options that set one value, with our default; for `--show-config`. */
export const settingDefaults: Readonly<Record<string, unknown>> = Object.fromEntries(
  Object.values(settings).map((setting) => [setting.name, setting.fallback]),
);

/**
 * Reads everything but the scenarios from the consolidated raw options.
 *
 * @throws {Problem} `options.…` with the path of the value at fault
 */
export function readOptions(
  values: RawOptions,
  scenarios: Readonly<Record<string, ScenarioPlan>>,
  raw: RawOptions,
): K6Options {
  const read = Object.fromEntries(
    Object.entries(settings).map(([field, { name, fallback, read }]) => {
      const value = values[name];
      return [field, isSet(value) ? read(value, `options.${name}`) : fallback];
    }),
    // Object.entries loses the pairing of key and value that the table's type holds.
  ) as unknown as Settings;
  return { ...read, scenarios, network: networkOptions(values), loadline: loadlineOptions(values.ext), raw };
}

/** Options that act here. */
export const actedOn: readonly string[] = [
  ...Object.keys(settingDefaults),
  ...networkOptionNames,
  "scenarios",
  "vus",
  "duration",
  "iterations",
  "stages",
  "ext",
  "executionSegment",
  "executionSegmentSequence",
];
/** Every option that is known, also those that are accepted and change nothing. */
export const optionNames: readonly string[] = [...actedOn, ...notActedOn];

/** A warning for each option that changes nothing, and for each that nobody knows. */
export function optionWarnings(values: RawOptions): string[] {
  const warnings: string[] = [];
  for (const name of Object.keys(values)) {
    if (notActedOn.has(name)) warnings.push(`options.${name} is accepted, but changes nothing in this version.`);
    else if (!actedOn.includes(name)) {
      const near = didYouMean(name, optionNames);
      warnings.push(`options.${name} is no option that is known here, and is ignored.${near}`);
    }
  }
  return warnings;
}

function thresholdsOf(value: unknown, at: string): Record<string, ThresholdOption[]> {
  const example = 'Write it like { http_req_duration: ["p(95)<200"] }.';
  const byMetric = record(value, at, example);
  return Object.fromEntries(
    Object.entries(byMetric)
      .filter(([, entry]) => isSet(entry))
      .map(([metric, entry]) => {
        const place = `${at}["${metric}"]`;
        return [metric, list(entry, place, example).map((item, i) => thresholdOf(item, `${place}[${i}]`))];
      }),
  );
}

function thresholdOf(value: unknown, at: string): ThresholdOption {
  if (typeof value === "string") return { threshold: value, abortOnFail: false, delayAbortEvalMs: 0 };
  const example = 'Write it like "p(95)<200", or { threshold: "p(95)<200", abortOnFail: true }.';
  const raw = record(value, at, example);
  const keys = ["threshold", "abortOnFail", "delayAbortEval"];
  for (const key of Object.keys(raw)) {
    if (keys.includes(key)) continue;
    throw new Problem("options.unknown-key", `A threshold has no "${key}".`, {
      at: `${at}.${key}`,
      found: key,
      expected: keys.join(", "),
      hint: `Remove it.${didYouMean(key, keys)}`,
    });
  }
  if (!isSet(raw.threshold)) {
    throw new Problem("options.missing", `${at} needs threshold.`, {
      at: `${at}.threshold`,
      found: raw.threshold,
      expected: "an expression",
      hint: example,
    });
  }
  return {
    threshold: text(raw.threshold, `${at}.threshold`),
    abortOnFail: isSet(raw.abortOnFail) ? flag(raw.abortOnFail, `${at}.abortOnFail`) : false,
    delayAbortEvalMs: isSet(raw.delayAbortEval) ? duration(raw.delayAbortEval, `${at}.delayAbortEval`) : 0,
  };
}

function trendStatsOf(value: unknown, at: string): string[] {
  const named = ["avg", "min", "med", "max", "count"];
  return list(value, at, 'Write it like ["avg", "p(99)"].').map((entry, i) => {
    const stat = text(entry, `${at}[${i}]`).trim();
    const percentile = /^p\((\d+(?:\.\d+)?)\)$/.exec(stat);
    if (named.includes(stat) || (percentile !== null && Number(percentile[1]) <= 100)) return stat;
    throw new Problem("options.trend-stat", `"${stat}" is no statistic of a trend.`, {
      at: `${at}[${i}]`,
      found: stat,
      expected: "avg, min, med, max, count, or p(N) with N from 0 to 100",
      hint: `Write a percentile like "p(99)".${didYouMean(stat, named)}`,
    });
  });
}

function timeUnitOf(value: unknown, at: string): Settings["summaryTimeUnit"] {
  if (value === "" || value === "s" || value === "ms" || value === "us") return value;
  throw new Problem("options.time-unit", `${at} is no unit of time.`, {
    at,
    found: shown(value),
    expected: "s, ms or us",
    hint: "Leave it out to let each value choose its unit.",
  });
}

function systemTagsOf(value: unknown, at: string): string[] {
  const known = [...defaultSystemTags, ...otherSystemTags];
  return list(value, at, 'Write it like ["status", "method"].').map((entry, i) => {
    const tag = text(entry, `${at}[${i}]`).trim();
    if (known.includes(tag)) return tag;
    throw new Problem("options.system-tag", `"${tag}" is no system tag.`, {
      at: `${at}[${i}]`,
      found: tag,
      expected: known.join(", "),
      hint: `Remove it; tags of your own belong to tags.${didYouMean(tag, known)}`,
    });
  });
}
