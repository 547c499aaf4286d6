import { Session } from "node:inspector";

/** A category of V8's trace that holds where collections begin and end, and little else. */
const traceConfig = { includedCategories: ["devtools.timeline"] };
/** What was traced takes some milliseconds to come. */
const fetchAheadMs = 40;
const mostFetchMs = 60_000;

/** What is read of V8's trace events: their times are microseconds. */
interface TraceEvent {
  readonly name: string;
  /** "B" and "E" enclose, "X" is whole, "M" tells about a thread. */
  readonly ph: string;
  readonly tid: number;
  readonly ts: number;
  readonly dur: number;
  readonly args: { readonly name?: string };
}

/**
 * How long collections of garbage held up the threads of this process, other than the main one.
 *
 * V8's trace tells it to the main thread, for a thread that listens to its own pays for it: in Node 20 each entry of a
 * PerformanceObserver leaves 5 kB behind that only a full collection takes away, and a GCProfiler goes on recording after it
 * was stopped, until one comes. In a quarter of an hour at 1,000 requests a second these were 10 MB and 600 MB.
 */
export class CollectionTrace {
  private readonly session = new Session();
  private readonly msOfThread = new Map<number, number>();
  private readonly begunUs = new Map<number, number>();
  private mainThread: number | undefined;
  private timer: NodeJS.Timeout | undefined;

  /** @returns whether this thread may trace: only a process's main one may */
  start(): boolean {
    this.session.connect();
    this.session.on("NodeTracing.dataCollected", ({ params }) => this.add(params.value as TraceEvent[]));
    let isTracing = false;
    // Answered at once.
    this.session.post("NodeTracing.start", { traceConfig }, (error) => {
      isTracing = error === null;
    });
    if (!isTracing) this.stop();
    return isTracing;
  }

  stop(): void {
    clearTimeout(this.timer);
    this.session.disconnect();
  }

  /**
   * @param nextMs when this will be asked again: what happens until shortly before then will be in that answer
   * @returns milliseconds of collection since the last answer
   */
  takeMs(nextMs: number): number {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.fetch(), Math.min(mostFetchMs, Math.max(0, nextMs - fetchAheadMs))).unref();
    let sumMs = 0;
    for (const [thread, ms] of this.msOfThread) if (thread !== this.mainThread) sumMs += ms;
    this.msOfThread.clear();
    return sumMs;
  }

  /** A trace is handed out when it ends. */
  private fetch(): void {
    this.session.post("NodeTracing.stop", () => this.session.post("NodeTracing.start", { traceConfig }));
  }

  private add(events: readonly TraceEvent[]): void {
    for (const { name, ph, tid, ts, dur, args } of events) {
      if (name === "MinorGC" || name === "MajorGC") {
        const beganUs = this.begunUs.get(tid);
        if (ph === "B") this.begunUs.set(tid, ts);
        else if (beganUs !== undefined) {
          this.begunUs.delete(tid);
          this.count(tid, ts - beganUs);
        }
      } else if (name === "V8.GC_MC_INCREMENTAL" || name === "V8.GC_MC_INCREMENTAL_START") {
        this.count(tid, dur);
      } else if (ph === "M" && name === "thread_name" && args.name === "JavaScriptMainThread") {
        this.mainThread = tid;
      }
    }
  }

  private count(thread: number, us: number): void {
    this.msOfThread.set(thread, (this.msOfThread.get(thread) ?? 0) + us / 1000);
  }
}
