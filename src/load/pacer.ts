import { MessageChannel, Worker } from "node:worker_threads";
import type { ConstantArrivalRate, RampingArrivalRate } from "../model/options.js";
import { type Arrivals, constantArrivals, rampingArrivals } from "./arrivals.js";

/** Sent to the pacer thread, which rebuilds the schedule for itself: functions do not cross threads. */
export type PacedScenario = ConstantArrivalRate | RampingArrivalRate;

// Cells of the shared memory between pacer and engine. After `first` comes one cell a scenario: arrivals due so far.
export const pacerCells = { wakePending: 0, stop: 1, go: 2, first: 3 } as const;

/** The schedule of an open-model scenario. */
export function arrivalsOf(scenario: PacedScenario): Arrivals {
  return scenario.executor === "constant-arrival-rate" ? constantArrivals(scenario) : rampingArrivals(scenario);
}

/**
 * Wakes the engine when arrivals fall due.
 *
 * A thread that sleeps in `Atomics.wait` has a grain of some 50 µs, where the event loop's timers have 1 ms. It writes
 * how many arrivals are due into shared memory and sends a wake-up only when the last one has been taken, so a late
 * engine finds all that is due at once instead of a queue of messages.
 */
export class Pacer {
  private readonly cells: Int32Array;
  private readonly beginsAt = new Float64Array(new SharedArrayBuffer(8));
  private readonly worker: Worker;
  private readonly port;

  /**
   * @param onDue called for each scenario that has new arrivals: its index and the number due so far
   */
  constructor(
    private readonly scenarios: readonly PacedScenario[],
    onDue: (scenario: number, dueCount: number) => void,
    onError: (error: Error) => void,
  ) {
    this.cells = new Int32Array(new SharedArrayBuffer(4 * (pacerCells.first + scenarios.length)));
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    const seen = scenarios.map(() => 0);
    port1.on("message", () => {
      Atomics.store(this.cells, pacerCells.wakePending, 0);
      for (let i = 0; i < this.scenarios.length; i += 1) {
        const due = Atomics.load(this.cells, pacerCells.first + i);
        if (due > seen[i]!) {
          seen[i] = due;
          onDue(i, due);
        }
      }
    });
    this.worker = new Worker(new URL("./pacer-thread.js", import.meta.url), {
      workerData: { cells: this.cells, beginsAt: this.beginsAt, port: port2, scenarios },
      transferList: [port2],
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
    Atomics.store(this.cells, pacerCells.go, 1);
    Atomics.notify(this.cells, pacerCells.go);
  }

  async stop(): Promise<void> {
    Atomics.store(this.cells, pacerCells.stop, 1);
    Atomics.store(this.cells, pacerCells.go, 1);
    Atomics.notify(this.cells, pacerCells.go);
    Atomics.notify(this.cells, pacerCells.stop);
    this.port.close();
    await this.worker.terminate();
  }
}
