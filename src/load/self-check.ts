import { type IntervalHistogram, monitorEventLoopDelay, performance } from "node:perf_hooks";
import { GCProfiler, type GCProfilerResult } from "node:v8";
import type { EngineWindow } from "../model/window.js";

const loopGrainMs = 10;

/** What the engine's own thread and process suffered: stalls of the event loop, garbage collection, CPU, memory. */
export class SelfCheck {
  private readonly loop: IntervalHistogram = monitorEventLoopDelay({ resolution: loopGrainMs });
  /** Not a PerformanceObserver: each of its entries leaves 5 kB behind that only a full collection takes away. */
  private readonly collections = new GCProfiler();
  private cpu = process.cpuUsage();
  private atMs = performance.now();
  private utilisation = performance.eventLoopUtilization();

  start(): void {
    this.loop.enable();
    this.collections.start();
    this.window();
  }

  stop(): void {
    this.loop.disable();
    this.collections.stop();
  }

  /** Share of the time since the last {@link window} in which this thread was not waiting for events, from 0 to 1. */
  get busyRatio(): number {
    return performance.eventLoopUtilization(this.utilisation).utilization;
  }

  /** What happened since the last call. */
  window(): Pick<EngineWindow, "longestStallMs" | "gcMs" | "cpuCores" | "rssBytes"> {
    const atMs = performance.now();
    const cpu = process.cpuUsage(this.cpu);
    const elapsedMs = Math.max(1, atMs - this.atMs);
    const figures = {
      // The monitor's timer itself takes its grain; only what is beyond is a stall.
      longestStallMs: this.loop.max === 0 ? 0 : Math.max(0, this.loop.max / 1e6 - loopGrainMs),
      gcMs: this.takeGcMs(),
      cpuCores: (cpu.user + cpu.system) / 1000 / elapsedMs,
      rssBytes: process.memoryUsage.rss(),
    };
    this.loop.reset();
    this.cpu = process.cpuUsage();
    this.atMs = atMs;
    this.utilisation = performance.eventLoopUtilization();
    return figures;
  }

  private takeGcMs(): number {
    // Nothing where the run was halted before it began; the types do not say so.
    const profile: GCProfilerResult | undefined = this.collections.stop();
    if (profile === undefined) return 0;
    this.collections.start();
    return profile.statistics.reduce((sum, { cost }) => sum + cost, 0) / 1000;
  }
}
