import type { Metric } from "../model/metric.js";
import type { SampleBatch } from "../model/sample-batch.js";
import type { FormatContext, SampleFormat } from "./format.js";

/**
 * k6's JSON output: a `Metric` line when a metric first appears, then a `Point` line for each sample.
 *
 * Times are RFC 3339 in UTC with microseconds.
 */
export function jsonLines(context: FormatContext): SampleFormat {
  const announced = new Set<string>();
  return {
    head: "",
    lines(batch) {
      let text = "";
      for (const metric of batch.metrics) {
        if (announced.has(metric.name)) continue;
        announced.add(metric.name);
        text += metricLine(metric, context);
      }
      return text + points(batch);
    },
  };
}

function metricLine(metric: Metric, context: FormatContext): string {
  const { name, type, contains } = metric;
  const submetrics = context.submetricsOf(metric);
  const thresholds = context.thresholdsOf(metric);
  const data = { name, type, contains, thresholds, submetrics: submetrics.length === 0 ? null : submetrics };
  return `${JSON.stringify({ type: "Metric", data, metric: name })}\n`;
}

function points(batch: SampleBatch): string {
  const heads = batch.metrics.map(({ name }) => `{"metric":${JSON.stringify(name)},"type":"Point","data":{"time":"`);
  const tails = batch.tags.map((tags) => `,"tags":${JSON.stringify(tags)}}}\n`);
  let text = "";
  for (let i = 0; i < batch.value.length; i += 1) {
    text += `${heads[batch.metric[i]!]}${rfc3339(batch.timeMs[i]!)}","value":${batch.value[i]}${tails[batch.tag[i]!]}`;
  }
  return text;
}

let lastSecond = -1;
let lastText = "";

/** Samples come in the order of time, so the second's text is nearly always the last one's. */
function rfc3339(ms: number): string {
  const second = Math.floor(ms / 1000);
  if (second !== lastSecond) {
    lastSecond = second;
    lastText = new Date(second * 1000).toISOString().slice(0, 19);
  }
  const micros = Math.min(999_999, Math.floor((ms - second * 1000) * 1000));
  return `${lastText}.${String(micros).padStart(6, "0")}Z`;
}
