import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import type { PacedScenario } from "./schedule.js";
import { type Segments, undivided } from "./share.js";

// Cells of the shared memory that steers the thread.
export const controlCells = { stop: 0, go: 1 } as const;
// Cells between pacer and one engine. After `first` comes one cell a scenario: arrivals due so far.
export const engineCells = { wakePending: 0, first: 1 } as const;

/** What connects an engine with the pacer; it crosses threads, its port by transfer. */
export interface PacerLink {
  readonly cells: Int32Array;
  readonly port: MessagePort;
}

/** What the pacer's thread is started with. */
export interface PacerStart {
  readonly control: Int32Array;
  readonly beginsAt: Float64Array;
  readonly scenarios: readonly PacedScenario[];
  readonly engines: readonly (PacerLink & { readonly segments: Segments })[];
}

/**
 * The thread that wakes engines when arrivals fall due; one for all of them, however many there are.
 *
 * A thread that sleeps in `Atomics.wait` has a grain of some 50 µs, where the event loop's timers have 1 ms. It writes
 * how many arrivals are due into shared memory and sends a wake-up only when the last one has been taken, so a late
 * engine finds all that is due at once instead of a queue of messages.
 */
export class PacerThread {
  /** One an engine, in the order of their segments. */
  readonly links: readonly PacerLink[];
  private readonly control = new Int32Array(new SharedArrayBuffer(8));
  private readonly beginsAt = new Float64Array(new SharedArrayBuffer(8));
  private readonly worker: Worker;

  constructor(scenarios: readonly PacedScenario[], engines: readonly Segments[], onError: (error: Error) => void) {
    const ends = engines.map((segments) => {
      const { port1, port2 } = new MessageChannel();
      const cells = new Int32Array(new SharedArrayBuffer(4 * (engineCells.first + scenarios.length)));
      return { ours: { cells, port: port1 }, theirs: { cells, port: port2, segments } };
    });
    this.links = ends.map(({ ours }) => ours);
    this.worker = new Worker(new URL("./pacer-thread.js", import.meta.url), {
      workerData: {
        control: this.control,
        beginsAt: this.beginsAt,
        scenarios,
        engines: ends.map(({ theirs }) => theirs),
      } satisfies PacerStart,
      transferList: ends.map(({ theirs }) => theirs.port),
      name: "loadline-pacer",
    });
    this.worker.on("error", onError);
  }

  /** Resolves when the thread runs and has its clock. */
  ready(): Promise<void> {
    return new Promise((resolve) => this.worker.once("message", () => resolve()));
  }

  /** @param atMs when the run begins, on the monotonic clock; each scenario's startTime counts from it */
  begin(atMs: number): void {
    this.beginsAt[0] = atMs;
    Atomics.store(this.control, controlCells.go, 1);
    Atomics.notify(this.control, controlCells.go);
  }

  async stop(): Promise<void> {
    Atomics.store(this.control, controlCells.stop, 1);
    Atomics.store(this.control, controlCells.go, 1);
    Atomics.notify(this.control, controlCells.go);
    Atomics.notify(this.control, controlCells.stop);
    await this.worker.terminate();
  }
}

/**
 * Takes the pacer's wake-ups in an engine's thread, until the link's port is closed.
 *
 * @param onDue called for each scenario that has new arrivals: its index and the number due so far
 */
export function listenToPacer({ cells, port }: PacerLink, onDue: (scenario: number, dueCount: number) => void): void {
  const seen = new Int32Array(cells.length - engineCells.first);
  port.on("message", () => {
    Atomics.store(cells, engineCells.wakePending, 0);
    for (let i = 0; i < seen.length; i += 1) {
      const due = Atomics.load(cells, engineCells.first + i);
      if (due > seen[i]!) {
        seen[i] = due;
        onDue(i, due);
      }
    }
  });
}

/** The pacer of a lone engine, in that engine's own care. */
export class Pacer {
  private readonly thread: PacerThread;
  private readonly link: PacerLink;

  /** @param onDue as for {@link listenToPacer} */
  constructor(
    scenarios: readonly PacedScenario[],
    onDue: (scenario: number, dueCount: number) => void,
    onError: (error: Error) => void,
    segments: Segments = { ofTest: undivided, ofInstance: undivided },
  ) {
    this.thread = new PacerThread(scenarios, [segments], onError);
    this.link = this.thread.links[0]!;
    listenToPacer(this.link, onDue);
  }

  ready(): Promise<void> {
    return this.thread.ready();
  }

  begin(atMs: number): void {
    this.thread.begin(atMs);
  }

  async stop(): Promise<void> {
    this.link.port.close();
    await this.thread.stop();
  }
}
