const chunkBytes = 16 * 1024;
const stepMs = 100;

/**
 * Keeps memory at a constant rate, touched page by page so that it becomes resident.
 *
 * @param mbPerHour in 1,000,000 bytes an hour
 * @returns stops leaking; what was kept is let go
 */
export function startLeak(mbPerHour: number): { keptBytes(): number; stop(): void } {
  const kept: Buffer[] = [];
  const startMs = performance.now();
  const keep = () => {
    // By elapsed time, not by tick: a late timer must not slow the leak.
    const owedBytes = ((performance.now() - startMs) / 3_600_000) * mbPerHour * 1e6;
    while ((kept.length + 1) * chunkBytes <= owedBytes) kept.push(Buffer.allocUnsafeSlow(chunkBytes).fill(0xa5));
  };
  const timer = mbPerHour > 0 ? setInterval(keep, stepMs).unref() : undefined;
  return {
    keptBytes: () => kept.length * chunkBytes,
    stop() {
      clearInterval(timer);
      kept.length = 0;
    },
  };
}
