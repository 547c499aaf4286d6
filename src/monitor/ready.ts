import { readFile, stat } from "node:fs/promises";

/** How a started command showed that it can be used. */
export interface Readiness {
  readonly by: "url" | "listening" | "output" | "silence";
  /** From its own `{"event":"listening","url":…}` line. */
  readonly url?: string;
}

export interface ReadyWatch {
  readonly logFile: string;
  /** Where the command's own output begins in the file. */
  readonly logFrom: number;
  readonly readyUrl: string | undefined;
  readonly timeoutMs: number;
  readonly hasEnded: () => boolean;
}

const pollMs = 50;
// A package runner such as npx prints a word of its own a second before the program it starts.
const quietMs = 2000;
/** A busy machine may need seconds to bring a program to its first word; taken for ready too early, its URL is lost. */
const silenceMs = 10_000;

/**
 * Waits until a command is ready: its readiness URL answers below 500, or without one, it says that it listens, or it
 * has been quiet for two seconds after its first words, or it runs for ten seconds without any.
 *
 * @returns undefined when it ended, or when the time is up
 */
export async function waitUntilReady(watch: ReadyWatch): Promise<Readiness | undefined> {
  const startMs = performance.now();
  let seenBytes = 0;
  let lastOutputMs = startMs;
  while (!watch.hasEnded() && performance.now() - startMs < watch.timeoutMs) {
    if (watch.readyUrl !== undefined) {
      if (await answers(watch.readyUrl)) return { by: "url" };
    } else {
      const bytes = (await stat(watch.logFile)).size - watch.logFrom;
      const nowMs = performance.now();
      if (bytes > seenBytes) {
        seenBytes = bytes;
        lastOutputMs = nowMs;
        const url = listeningUrl((await readFile(watch.logFile)).subarray(watch.logFrom).toString("utf8"));
        if (url !== undefined) return { by: "listening", url };
      } else if (seenBytes > 0 && nowMs - lastOutputMs >= quietMs) {
        return { by: "output" };
      } else if (seenBytes === 0 && nowMs - startMs >= silenceMs) {
        return { by: "silence" };
      }
    }
    await new Promise((done) => setTimeout(done, pollMs));
  }
  return undefined;
}

/** The URL of a `{"event":"listening","url":…}` line. */
export function listeningUrl(output: string): string | undefined {
  for (const line of output.split("\n")) {
    if (!line.startsWith("{") || !line.includes('"listening"')) continue;
    try {
      const said = JSON.parse(line) as { event?: unknown; url?: unknown };
      if (said.event === "listening" && typeof said.url === "string") return said.url;
    } catch {
      // Half a line so far, or no JSON after all.
    }
  }
  return undefined;
}

/** Whether something answers there within a second, with a status below 500. */
export async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(1000) });
    await response.body?.cancel();
    return response.status < 500;
  } catch {
    return false;
  }
}
