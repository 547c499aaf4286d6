import { parseSeries } from "../compare/threshold-grammar.js";
import { seriesName } from "../model/metric.js";
import type { K6Options, ThresholdOption } from "../model/options.js";
import { redactTags, redactText } from "../model/redact.js";
import { formatDuration } from "../model/units.js";
import type { FormatContext, Submetric } from "../output/format.js";

/** What the files of samples say about a run's metrics: their thresholds and submetrics, in k6's forms. */
export function formatContext({ systemTags, thresholds }: Pick<K6Options, "systemTags" | "thresholds">): FormatContext {
  const submetrics = new Map<string, Submetric[]>();
  for (const key of [...Object.keys(thresholds), "http_req_duration{expected_response:true}"]) {
    if (!key.includes("{")) continue;
    const { metric, tags } = parseSeries(key, "options.thresholds");
    const safe = redactTags(tags);
    // As it was written; only where a tag's name makes its value a secret, as we would write it.
    const text = safe === tags ? redactText(key) : seriesName({ metric, tags: safe });
    const suffix = text.slice(text.indexOf("{") + 1, text.lastIndexOf("}")).trim();
    const name = `${metric}{${suffix}}`;
    const known = submetrics.get(metric) ?? [];
    if (known.some((other) => other.name === name)) continue;
    submetrics.set(metric, [...known, { name, suffix, tags: safe }]);
  }
  return {
    systemTags,
    thresholdsOf: ({ name }) => (thresholds[name] ?? []).map(thresholdForm),
    submetricsOf: ({ name }) => submetrics.get(name) ?? [],
  };
}

/** As k6 writes it: an object only where it may end the run. */
function thresholdForm({ threshold, abortOnFail, delayAbortEvalMs }: ThresholdOption): string | object {
  if (!abortOnFail) return threshold;
  return { threshold, abortOnFail, delayAbortEval: delayAbortEvalMs === 0 ? null : goDuration(delayAbortEvalMs) };
}

/** 90000 -> "1m30s", 3600000 -> "1h0m0s", 1500 -> "1.5s". */
function goDuration(ms: number): string {
  if (ms < 1000) return formatDuration(ms);
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor((ms % 3_600_000) / 60_000);
  const seconds = `${(ms % 60_000) / 1000}s`;
  return hours > 0 ? `${hours}h${minutes}m${seconds}` : minutes > 0 ? `${minutes}m${seconds}` : seconds;
}
