/** A connection whose bytes may have to wait. */
export interface Reader {
  /** Handles what was kept of it, if anything. */
  catchUp(): void;
}

/** Of one turn of the event loop: so many reads are handled at once. */
const promptReads = 8;
/** So many readers catch up in a turn: a millisecond's work of scripts, before sockets are looked at again. */
const readersATurn = 16;
/** What waits takes memory; beyond this everybody catches up. */
const mostBytes = 16 * 1024 * 1024;
/** Half of the sockets that libuv takes from the kernel in one call: beyond those it may have called again. */
const readsACall = 512;

/**
 * Reads that come in a burst, as after a stall of the target, are only noted with their time; scripts go on afterwards.
 *
 * Otherwise an answer would be seen when all before it have been handled: a thousand that come at once take the script some
 * 50 ms, which would be told as the target's own. All reads of a turn were there when it began, so that is their time.
 */
class Backlog {
  private reads = 0;
  private readyMs = 0;
  private bytes = 0;
  private readers: Reader[] = [];
  private scheduled = false;

  /** Counts a read. @returns how long ago the event loop found that there was something to read, milliseconds */
  waitedMs(): number {
    if (!this.scheduled) {
      this.scheduled = true;
      setImmediate(this.turn);
    }
    const now = performance.now();
    if (this.reads % readsACall === 0) this.readyMs = now;
    this.reads += 1;
    return now - this.readyMs;
  }

  /** Whether the read that was counted last may be handled at once, for no other waits. */
  get isFree(): boolean {
    return this.reads <= promptReads && this.readers.length === 0;
  }

  /** @param bytes that the reader keeps from now on */
  wait(reader: Reader, bytes: number): void {
    this.readers.push(reader);
    this.bytes += bytes;
    if (this.bytes > mostBytes) this.release(this.readers.length);
  }

  private readonly turn = (): void => {
    this.reads = 0;
    this.scheduled = this.readers.length > readersATurn;
    if (this.scheduled) setImmediate(this.turn);
    this.release(readersATurn);
  };

  private release(count: number): void {
    const readers = this.readers.splice(0, count);
    if (this.readers.length === 0) this.bytes = 0;
    for (const reader of readers) reader.catchUp();
  }
}

/** Of this thread. */
export const backlog = new Backlog();
