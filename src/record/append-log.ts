import { closeSync, fsyncSync, ftruncateSync, openSync, writeSync } from "node:fs";

/** What waits while a disk is full, at most: some minutes of a usual run. */
const pendingLimit = 4 * 1024 * 1024;

/**
 * An append-only file of whole lines.
 *
 * Each append is one write() and blocks for as long as the page cache takes it: some ten microseconds, on the
 * thread that does not drive load. A write that fails is taken back to the last whole line and tried again with the
 * next append, so that a disk that was full for a while costs nothing; only past {@link pendingLimit} are lines dropped.
 */
export class AppendLog {
  /** Lines that found no room at all. */
  droppedLines = 0;
  private readonly descriptor: number;
  private length = 0;
  private pending: Buffer[] = [];
  private pendingBytes = 0;
  private closed = false;

  /** Creates the file; @throws the system's error where it exists already or cannot be made */
  constructor(readonly path: string) {
    this.descriptor = openSync(path, "ax");
  }

  /**
   * @param lines each ended by a newline
   * @throws the system's error; the lines are kept for the next try
   */
  append(lines: string): void {
    if (lines !== "") {
      const bytes = Buffer.from(lines);
      if (this.pendingBytes + bytes.length > pendingLimit) {
        this.droppedLines += lines.split("\n").length - 1;
      } else {
        this.pending.push(bytes);
        this.pendingBytes += bytes.length;
      }
    }
    if (this.pendingBytes === 0) return;
    const whole = this.pending.length === 1 ? this.pending[0]! : Buffer.concat(this.pending);
    this.writeWhole(whole);
    this.length += whole.length;
    this.pending = [];
    this.pendingBytes = 0;
  }

  /** Whether lines still wait for room. */
  get unwritten(): boolean {
    return this.pendingBytes > 0;
  }

  /** Forces what was written to the disk and closes, also when that fails. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    try {
      fsyncSync(this.descriptor);
    } finally {
      closeSync(this.descriptor);
    }
  }

  private writeWhole(bytes: Buffer): void {
    let written = 0;
    try {
      while (written < bytes.length) written += writeSync(this.descriptor, bytes, written);
    } catch (error) {
      if (written > 0) ftruncateSync(this.descriptor, this.length);
      throw error;
    }
  }
}
