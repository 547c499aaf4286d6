export function onPath(program: string): string | undefined;
export function pinned(words: readonly string[], core: number | undefined): readonly string[];
export function measureProcess(
  words: readonly string[],
  options?: { core?: number; timeoutMs?: number },
): Promise<{ code: number; cpuSeconds: number; rssMaxBytes: number; rss: number[]; output: string }>;
