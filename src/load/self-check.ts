import { type IntervalHistogram, monitorEventLoopDelay, performance } from "node:perf_hooks";
import type { EngineWindow } from "../model/window.js";

const loopGrainMs = 10;

/** What the engine's own thread and process suffered: stalls of the event loop, CPU, memory. */
export class SelfCheck {
  private readonly loop: IntervalHistogram = monitorEventLoopDelay({ resolution: loopGrainMs });
  private cpu = process.cpuUsage();
  private atMs = performance.now();
  private utilisation = performance.eventLoopUtilization();

  /** The event loop takes a rest for work. */
  private restMs = 0;

  start(): void {
    this.loop.enable();
    this.window();
  }

  stop(): void {
    this.loop.disable();
  }

  onRest(ms: number): void {
    this.restMs += ms;
  }

  /** Share of the time since the last {@link window} in which this thread waited for nothing, from 0 to 1. */
  get busyRatio(): number {
    const { active, idle } = performance.eventLoopUtilization(this.utilisation);
    return active + idle === 0 ? 0 : Math.max(0, active - this.restMs) / (active + idle);
  }

  /** What happened since the last call. */
  window(): Pick<EngineWindow, "longestStallMs" | "cpuCores" | "rssBytes"> {
    const atMs = performance.now();
    const cpu = process.cpuUsage(this.cpu);
    const elapsedMs = Math.max(1, atMs - this.atMs);
    const figures = {
      // The monitor's timer itself takes its grain; only what is beyond is a stall.
      longestStallMs: this.loop.max === 0 ? 0 : Math.max(0, this.loop.max / 1e6 - loopGrainMs),
      cpuCores: (cpu.user + cpu.system) / 1000 / elapsedMs,
      rssBytes: process.memoryUsage.rss(),
    };
    this.loop.reset();
    this.cpu = process.cpuUsage();
    this.atMs = atMs;
    this.utilisation = performance.eventLoopUtilization();
    this.restMs = 0;
    return figures;
  }
}
