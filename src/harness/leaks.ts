import { judgeLeak } from "../compare/leak.js";
import type { LeakVerdict } from "../model/leak.js";
import type { ResourceSample } from "../model/window.js";
import { FloorLog } from "../monitor/floors.js";

/** A verdict for each figure of each source, in the order in which they first appeared. */
export function judgeLeaks(log: FloorLog): LeakVerdict[] {
  return log
    .series()
    .map(({ source, figure, limitBytes, timesMs, values }) =>
      judgeLeak(
        { timesMs, values },
        { source, figure, ...(limitBytes === undefined || !figure.endsWith("Bytes") ? {} : { limit: limitBytes }) },
      ),
    );
}

/** {@link judgeLeaks} of samples that are all there. */
export function judgeLeaksOf(samples: Iterable<ResourceSample>): LeakVerdict[] {
  const log = new FloorLog();
  for (const sample of samples) log.add(sample);
  return judgeLeaks(log);
}
