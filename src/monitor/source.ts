import type { ResourceSample } from "../model/window.js";

/** Something that can be watched beside the load. */
export interface Source {
  /** "target", "harness", …: what its samples are called. */
  readonly name: string;
  /**
   * The state now; never throws for what the watched thing does: its end is an event in the sample.
   *
   * @param atMs milliseconds since the run's start, copied into the sample
   */
  sample(atMs: number): ResourceSample | Promise<ResourceSample>;
  close(): void;
}
