import type { EngineVu } from "./vu.js";

/** The VUs that no scenario holds; it outlives an engine, so that a warm-up hands its VUs on to the run. */
export class VuPool {
  private readonly free: EngineVu[] = [];
  /** VUs made so far, in use or not. */
  made = 0;

  constructor(private readonly make: () => EngineVu) {}

  /** A VU that is free or freshly made. */
  take(): EngineVu {
    return this.free.shift() ?? this.makeOne();
  }

  giveBack(vu: EngineVu): void {
    this.free.push(vu);
  }

  /** Makes VUs until `count` are free, and lets the event loop come round now and then. */
  async fill(count: number, onProgress: (made: number, of: number) => void): Promise<void> {
    while (this.free.length < count) {
      this.free.push(this.makeOne());
      if (this.free.length % 100 === 0) {
        onProgress(this.free.length, count);
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  }

  /** What the VUs have done until now is no part of the run: their iterations count from 0 again. */
  forgetIterations(): void {
    for (const vu of this.free) vu.iterationInInstance = -1;
  }

  /** Releases what the free VUs hold. */
  retire(): void {
    for (const vu of this.free.splice(0)) vu.retire();
  }

  private makeOne(): EngineVu {
    this.made += 1;
    return this.make();
  }
}
