import type { InstanceState } from "../model/vu.js";

/** How old the other workers' figures may be, milliseconds. */
const refreshMs = 50;
const columns = 4;

/** Room for the figures of so many workers, in memory that their threads share. */
export function makeInstanceRows(workers: number): Float64Array {
  return new Float64Array(new SharedArrayBuffer(8 * columns * workers));
}

/** `exec.instance` over all workers of a process: each writes its own row now and then, and reads them all. */
export class InstanceRows {
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly rows: Float64Array,
    private readonly row: number,
    private readonly own: () => InstanceState,
  ) {
    this.timer = setInterval(() => this.write(this.own()), refreshMs).unref();
  }

  sum(): InstanceState {
    const own = this.own();
    this.write(own);
    const over = (column: number): number => {
      let sum = 0;
      for (let i = column; i < this.rows.length; i += columns) sum += this.rows[i]!;
      return sum;
    };
    return {
      iterationsInterrupted: over(0),
      iterationsCompleted: over(1),
      vusActive: over(2),
      vusInitialized: over(3),
      currentTestRunDuration: own.currentTestRunDuration,
    };
  }

  close(): void {
    this.write(this.own());
    clearInterval(this.timer);
  }

  private write(own: InstanceState): void {
    this.rows.set(
      [own.iterationsInterrupted, own.iterationsCompleted, own.vusActive, own.vusInitialized],
      this.row * columns,
    );
  }
}
