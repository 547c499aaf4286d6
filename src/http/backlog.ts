/** A connection whose bytes may have to wait. */
export interface Reader {
  /** Handles what was kept of it, if anything. */
  catchUp(): void;
}

/** Of one turn of the event loop: so many connections are handled at once. */
const promptConnections = 8;
/** So many readers catch up in a turn: a millisecond's work of scripts, before sockets are looked at again. */
const readersATurn = 16;
/** What waits takes memory; beyond this everybody catches up. */
const mostBytes = 16 * 1024 * 1024;
/** Half of the sockets that libuv takes from the kernel in one call: beyond those it may have called again. */
const connectionsACall = 512;

/**
 * Reads that come in a burst, as after a stall of the target, are only noted with their time; scripts go on afterwards.
 *
 * Otherwise an answer would be seen when all before it have been handled: a thousand that come at once take the script some
 * 50 ms, which would be told as the target's own. Of every connection that is read in a turn of the event loop something was
 * there when the turn's first was, so that is the time of its answer's first byte.
 */
export class Backlog {
  private connections = 0;
  private last: Reader | undefined;
  private readyMs = 0;
  private bytes = 0;
  private readers: Reader[] = [];
  private scheduled = false;

  /** Counts a read. @returns how long ago the event loop found that there was something to read, milliseconds */
  count(reader: Reader): number {
    if (!this.scheduled) {
      this.scheduled = true;
      setImmediate(this.turn);
    }
    const now = performance.now();
    if (reader !== this.last) {
      this.last = reader;
      if (this.connections % connectionsACall === 0) this.readyMs = now;
      this.connections += 1;
    }
    return now - this.readyMs;
  }

  /** Whether the read that was counted last may be handled at once, for no other waits. */
  get isFree(): boolean {
    return this.connections <= promptConnections && this.readers.length === 0;
  }

  /**
   * @param bytes that the reader keeps from now on, until it drops them
   * @param isFirst whether it kept none before
   */
  keep(reader: Reader, bytes: number, isFirst: boolean): void {
    if (isFirst) this.readers.push(reader);
    this.bytes += bytes;
    if (this.bytes > mostBytes) this.release(this.readers.length);
  }

  drop(bytes: number): void {
    this.bytes -= bytes;
  }

  private readonly turn = (): void => {
    this.connections = 0;
    this.last = undefined;
    this.scheduled = this.readers.length > readersATurn;
    if (this.scheduled) setImmediate(this.turn);
    this.release(readersATurn);
  };

  private release(count: number): void {
    for (const reader of this.readers.splice(0, count)) reader.catchUp();
  }
}

/** Of this thread. */
export const backlog = new Backlog();
