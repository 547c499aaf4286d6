import { closeSync, openSync } from "node:fs";
import { devNull } from "node:os";

const chunkBytes = 16 * 1024;
const stepMs = 100;
// A target that runs out of descriptors answers nobody, and shows no leak: below every usual limit of a process, and
// where that is lower still, with some left for connections.
const usualMost = 800;
const leftForOthers = 30;

export interface LeakRates {
  /** In 1,000,000 bytes an hour. */
  readonly mbPerHour: number;
  /** Open files an hour; 800 in all. */
  readonly descriptorsPerHour: number;
}

/**
 * Keeps memory, touched page by page so that it becomes resident, and descriptors, at constant rates.
 *
 * @returns stops leaking; what was kept is let go
 */
export function startLeak({ mbPerHour, descriptorsPerHour }: LeakRates): {
  keptBytes(): number;
  keptDescriptors(): number;
  stop(): void;
} {
  const kept: Buffer[] = [];
  const descriptors: number[] = [];
  let mostDescriptors = usualMost;
  const startMs = performance.now();
  const keep = () => {
    // By elapsed time, not by tick: a late timer must not slow the leak.
    const hours = (performance.now() - startMs) / 3_600_000;
    while ((kept.length + 1) * chunkBytes <= hours * mbPerHour * 1e6)
      kept.push(Buffer.allocUnsafeSlow(chunkBytes).fill(0xa5));
    while (descriptors.length + 1 <= Math.min(mostDescriptors, hours * descriptorsPerHour)) {
      const descriptor = openIfAllowed();
      if (descriptor === undefined) {
        for (const spare of descriptors.splice(-leftForOthers)) closeSync(spare);
        mostDescriptors = descriptors.length;
      } else descriptors.push(descriptor);
    }
  };
  const timer = mbPerHour > 0 || descriptorsPerHour > 0 ? setInterval(keep, stepMs).unref() : undefined;
  return {
    keptBytes: () => kept.length * chunkBytes,
    keptDescriptors: () => descriptors.length,
    stop() {
      clearInterval(timer);
      kept.length = 0;
      for (const descriptor of descriptors.splice(0)) closeSync(descriptor);
    },
  };
}

/** @returns undefined where this process may open no more: it has leaked what it can */
function openIfAllowed(): number | undefined {
  try {
    return openSync(devNull, "r");
  } catch {
    return undefined;
  }
}
