import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import type { PacedScenario } from "./schedule.js";
import { type Segments, undivided } from "./share.js";

// Cells of the shared memory that steers the thread.
export const controlCells = { stop: 0, go: 1 } as const;
/**
 * Cells between pacer and one engine: whether a wake-up is on its way to it, whether it wakes by itself, and for each scenario
 * the arrivals that are due so far and those that the engine has taken.
 */
export const engineCells = {
  woken: 0,
  resting: 1,
  due: (scenario: number) => 2 + 2 * scenario,
  taken: (scenario: number) => 3 + 2 * scenario,
  count: (scenarios: number) => 2 + 2 * scenarios,
} as const;

/** Shared memory between the pacer and one engine, and where the pacer wakes it. */
export interface PacerLink {
  readonly cells: Int32Array;
  readonly port: MessagePort;
}

/** What the pacer's thread is started with. */
export interface PacerStart {
  readonly control: Int32Array;
  readonly beginsAt: Float64Array;
  readonly scenarios: readonly PacedScenario[];
  /** The other end of each engine's port. */
  readonly engines: readonly (PacerLink & { readonly segments: Segments })[];
}

/**
 * The thread that wakes engines when arrivals fall due; one for all of them, however many there are.
 *
 * A thread that sleeps in `Atomics.wait` has a grain of some 20 µs, where the event loop's timers have 1 ms. It writes
 * how many arrivals are due into shared memory and sends the engine an empty message, one at a time: a late engine finds
 * all that is due at once instead of a queue. `Atomics.waitAsync` costs about as much, but V8 (11.3) keeps some 150 bytes
 * of each wait until the next full collection, which made the engine's memory grow by 16 MB every two minutes.
 */
export class PacerThread {
  /** One an engine, in the order of their segments. */
  readonly links: readonly PacerLink[];
  private readonly control = new Int32Array(new SharedArrayBuffer(8));
  private readonly beginsAt = new Float64Array(new SharedArrayBuffer(8));
  private readonly worker: Worker;

  constructor(scenarios: readonly PacedScenario[], engines: readonly Segments[], onError: (error: Error) => void) {
    const channels = engines.map(() => new MessageChannel());
    this.links = channels.map(({ port1 }) => ({
      cells: new Int32Array(new SharedArrayBuffer(4 * engineCells.count(scenarios.length))),
      port: port1,
    }));
    const ports = channels.map(({ port2 }) => port2);
    this.worker = new Worker(new URL("../load/pacer-thread.js", import.meta.url), {
      workerData: {
        control: this.control,
        beginsAt: this.beginsAt,
        scenarios,
        engines: engines.map((segments, i) => ({ cells: this.links[i]!.cells, port: ports[i]!, segments })),
      } satisfies PacerStart,
      transferList: ports,
      name: "loadline-pacer",
      // It allocates next to nothing; V8's usual room for it is some 4 MB of resident memory.
      resourceLimits: { maxYoungGenerationSizeMb: 2 },
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
 * Takes the pacer's wake-ups in an engine's thread; keeps no event loop alive.
 *
 * @param onDue called for each scenario that has new arrivals: its index and the number due so far
 * @returns ends it; nothing is called afterwards
 */
export function listenToPacer(
  { cells, port }: PacerLink,
  onDue: (scenario: number, dueCount: number) => void,
): () => void {
  const seen = new Int32Array((cells.length - 2) / 2);
  let listening = true;
  port.on("message", () => {
    // Messages that were there already are still handed over after close().
    if (!listening) return;
    // Before the counts are read: what falls due from here on brings a message of its own.
    Atomics.store(cells, engineCells.woken, 0);
    for (let i = 0; i < seen.length; i += 1) {
      const due = Atomics.load(cells, engineCells.due(i));
      if (due > seen[i]!) {
        seen[i] = due;
        onDue(i, due);
      }
    }
  });
  port.unref();
  return () => {
    listening = false;
    port.close();
  };
}

/** Tells the pacer how many arrivals the engine has taken, woken or not: it need not be woken for those. */
export function tellTaken({ cells }: PacerLink, scenario: number, count: number): void {
  Atomics.store(cells, engineCells.taken(scenario), count);
}

/** The pacer of a lone engine, in that engine's own care. */
export class Pacer {
  readonly link: PacerLink;
  private readonly thread: PacerThread;
  private readonly unlisten: () => void;

  /** @param onDue as for {@link listenToPacer} */
  constructor(
    scenarios: readonly PacedScenario[],
    onDue: (scenario: number, dueCount: number) => void,
    onError: (error: Error) => void,
    segments: Segments = { ofTest: undivided, ofInstance: undivided },
  ) {
    this.thread = new PacerThread(scenarios, [segments], onError);
    this.link = this.thread.links[0]!;
    this.unlisten = listenToPacer(this.link, onDue);
  }

  ready(): Promise<void> {
    return this.thread.ready();
  }

  begin(atMs: number): void {
    this.thread.begin(atMs);
  }

  async stop(): Promise<void> {
    this.unlisten();
    await this.thread.stop();
  }
}
