import type { HistogramData } from "../model/histogram.js";
import type { LoadFigures } from "../model/run.js";
import type { EngineWindow } from "../model/window.js";
import { trendStatistic } from "../stats/trend.js";

type WindowPart = { readonly startMs: number; readonly lengthMs: number; readonly engine: EngineWindow };

/** Sums the engine's windows into the figures of the whole run; constant memory. */
export class LoadTally {
  private planned = 0;
  private started = 0;
  private dropped = 0;
  private droppedByUs = 0;
  private interrupted = 0;
  private ownSocketErrors = 0;
  private unanswered = 0;
  private longestStallMs = 0;
  private gcMs = 0;
  private cpuMs = 0;
  private rssMax = 0;
  private endMs = 0;

  add({ startMs, lengthMs, engine }: WindowPart): void {
    this.planned += engine.planned;
    this.started += engine.started;
    this.dropped += engine.dropped;
    this.droppedByUs += engine.droppedByUs;
    this.interrupted += engine.interrupted;
    this.ownSocketErrors += engine.ownSocketErrors;
    this.unanswered += engine.unanswered;
    this.longestStallMs = Math.max(this.longestStallMs, engine.longestStallMs);
    this.gcMs += engine.gcMs;
    this.cpuMs += engine.cpuCores * lengthMs;
    this.rssMax = Math.max(this.rssMax, engine.rssBytes);
    this.endMs = startMs + lengthMs;
  }

  get durationMs(): number {
    return this.endMs;
  }

  /**
   * @param lateness of `iteration_lateness`, whole run
   * @param openModel false where no scenario has due times
   * @param plannedMs length of the plan without graceful stops
   * @param watchedItself false where another program drove the load: what it did not tell is left out
   */
  figures(
    lateness: HistogramData | undefined,
    openModel: boolean,
    plannedMs: number,
    watchedItself = true,
  ): LoadFigures {
    const at = (q: number): number => (lateness === undefined ? 0 : trendStatistic(lateness, { quantile: q }));
    // Arrivals end with the plan; what comes after is the last of them being served.
    const seconds = Math.max(1, openModel ? Math.min(this.endMs, plannedMs) : this.endMs) / 1000;
    return {
      openModel,
      durationMs: this.endMs,
      plannedArrivals: this.planned,
      started: this.started,
      dropped: this.dropped,
      droppedByUs: this.droppedByUs,
      interrupted: this.interrupted,
      plannedRate: this.planned / seconds,
      achievedRate: this.started / seconds,
      ...(watchedItself
        ? {
            latenessMs: { p50: at(0.5), p95: at(0.95), p99: at(0.99), p999: at(0.999), max: at(1) },
            longestStallMs: this.longestStallMs,
            gcMs: this.gcMs,
          }
        : {}),
      harnessCpuCores: this.endMs > 0 ? this.cpuMs / this.endMs : 0,
      harnessRssMaxBytes: this.rssMax,
      ownSocketErrors: this.ownSocketErrors,
      unanswered: this.unanswered,
    };
  }
}
