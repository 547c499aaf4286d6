import type { Totals } from "../measure/totals.js";
import { formatBytes, formatDuration, formatMs } from "../model/units.js";
import type { ResourceSample, WindowBatch } from "../model/window.js";
import { trendStatistic } from "../stats/trend.js";

/** Often enough to lose little, seldom enough to read them all after an hour. */
export const checkpointEveryMs = 300_000;

/** How a run stands, as a line that stays on the screen and in the log. */
export function checkpointLine(
  batch: WindowBatch,
  { totals, dropped }: { readonly totals: Totals; readonly dropped: number },
  target: ResourceSample | undefined,
  targetGrowth: string | undefined,
): string {
  const requests = totals.find("http_reqs")?.value;
  const response = totals.find("http_req_response_time")?.value;
  const failed = totals.find("http_req_failed")?.value;
  const parts = [
    `checkpoint at ${formatDuration(Math.round((batch.startMs + batch.lengthMs) / 1000) * 1000)}`,
    ...(requests?.kind === "counter" ? [`${requests.sum} requests`] : []),
    ...(response?.kind === "trend" && response.histogram.count > 0
      ? [`p95 ${formatMs(trendStatistic(response.histogram, { quantile: 0.95 }))} so far`]
      : []),
    ...(failed?.kind === "rate" && failed.total > 0
      ? [`errors ${((failed.passes / failed.total) * 100).toFixed(2)} %`]
      : []),
    `dropped ${dropped}`,
    `generator ${formatBytes(batch.engine.rssBytes)}`,
    ...(target?.rssBytes === undefined ? [] : [`target ${formatBytes(target.rssBytes)}`]),
    ...(targetGrowth === undefined ? [] : [targetGrowth]),
  ];
  return parts.join(", ");
}
