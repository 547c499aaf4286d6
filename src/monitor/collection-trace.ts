import { Session } from "node:inspector";

/** A category of V8's trace that holds where collections begin and end, and little else. */
const traceConfig = { includedCategories: ["devtools.timeline"] };
/** What was traced takes some milliseconds to come. */
const fetchAheadMs = 40;
const mostFetchMs = 60_000;
/** Whoever waits for what was traced does without it after that. */
const longestFetchMs = 2000;

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
  /** What each thread is in the middle of. */
  private readonly begun = new Map<number, TraceEvent>();
  private mainThread: number | undefined;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  private fetched: (() => void) | undefined;

  /** @returns whether this thread may trace: only a process's main one may */
  start(): boolean {
    this.session.connect();
    this.session.on("NodeTracing.dataCollected", ({ params }) => this.add(params.value as TraceEvent[]));
    this.session.on("NodeTracing.tracingComplete", () => this.onFetched());
    let isTracing = false;
    // Answered at once.
    this.session.post("NodeTracing.start", { traceConfig }, (error) => {
      isTracing = error === null;
    });
    if (!isTracing) this.stop();
    return isTracing;
  }

  stop(): void {
    if (this.stopped) return;
    this.stopped = true;
    clearTimeout(this.timer);
    this.session.disconnect();
    this.fetched?.();
  }

  /**
   * @param nextMs when this will be asked again: what happens until shortly before then will be in that answer
   * @returns milliseconds of collection since the last answer
   */
  takeMs(nextMs: number): number {
    clearTimeout(this.timer);
    if (!this.stopped) {
      const aheadMs = Math.min(mostFetchMs, Math.max(0, nextMs - fetchAheadMs));
      this.timer = setTimeout(() => this.fetch(), aheadMs).unref();
    }
    let sumMs = 0;
    for (const [thread, ms] of this.msOfThread) if (thread !== this.mainThread) sumMs += ms;
    this.msOfThread.clear();
    return sumMs;
  }

  /** Stops. @returns milliseconds of collection since the last answer, all of them */
  async finish(): Promise<number> {
    if (!this.stopped) {
      await new Promise<void>((resolve) => {
        this.fetched = resolve;
        setTimeout(resolve, longestFetchMs).unref();
        this.fetch();
      });
      this.stop();
    }
    return this.takeMs(0);
  }

  /** A trace is handed out when it ends. */
  private fetch(): void {
    clearTimeout(this.timer);
    this.session.post("NodeTracing.stop");
  }

  private onFetched(): void {
    // What began in one trace and ended in another is lost.
    this.begun.clear();
    if (this.fetched !== undefined) this.fetched();
    else if (!this.stopped) this.session.post("NodeTracing.start", { traceConfig });
  }

  private add(events: readonly TraceEvent[]): void {
    for (const event of events) {
      const { name, ph, tid, ts, dur, args } = event;
      if (name === "MinorGC" || name === "MajorGC") {
        const began = this.begun.get(tid);
        if (ph === "B") this.begun.set(tid, event);
        else if (began?.name === name) {
          this.begun.delete(tid);
          this.count(tid, ts - began.ts);
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
