import type { Totals } from "../measure/totals.js";
import type { Plan } from "../model/options.js";
import type { ResourceSample, WindowBatch } from "../model/window.js";
import { trendStatistic } from "../stats/trend.js";
import type { Progress } from "./run-request.js";

/** What one window means to somebody who watches. */
export function progressOf(
  batch: WindowBatch,
  totals: Totals,
  plan: Plan,
  target: ResourceSample | undefined,
  targetGrowth?: string,
): Progress {
  const { engine, lengthMs } = batch;
  let p95Ms: number | undefined;
  for (const { id, value } of batch.values) {
    const series = totals.seriesOf(id);
    if (
      series?.metric === "http_req_response_time" &&
      Object.keys(series.tags).length === 0 &&
      value.kind === "trend"
    ) {
      p95Ms = trendStatistic(value.histogram, { quantile: 0.95 });
    }
  }
  const failed = totals.find("http_req_failed")?.value;
  const perSecond = 1000 / Math.max(lengthMs, 1);
  return {
    elapsedMs: batch.startMs + lengthMs,
    plannedMs: plan.durationMs,
    plannedRate: engine.planned * perSecond,
    achievedRate: engine.started * perSecond,
    dropped: engine.dropped,
    vus: engine.vus,
    vusBusy: engine.vusBusy,
    p95Ms,
    errorRatio: failed?.kind === "rate" && failed.total > 0 ? failed.passes / failed.total : 0,
    targetRssBytes: target?.rssBytes,
    targetCpuCores: target?.cpuCores,
    targetGrowth,
  };
}
