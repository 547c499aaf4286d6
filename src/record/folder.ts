import { randomBytes } from "node:crypto";

/** The files of a run folder that the harness writes while it runs. */
export const runFiles = {
  manifest: "run.json",
  windows: "windows.hlog",
  counters: "counters.ndjson",
  resources: "resources.ndjson",
} as const;

/**
 * A run's id: `20260118T142233Z-1a2b`, which sorts by start.
 *
 * @param startedAt milliseconds since the epoch
 */
export function newRunId(startedAt: number): string {
  const stamp = new Date(startedAt).toISOString().replace(/[-:]|\.\d+/g, "");
  return `${stamp}-${randomBytes(2).toString("hex")}`;
}

/** A scenario's name as a folder: letters, digits, dot, dash and underscore, never hidden, never empty, never long. */
export function folderName(scenario: string): string {
  const name = scenario
    .normalize("NFC")
    .replace(/[^\p{L}\p{N}._-]+/gu, "-")
    .replace(/^[.-]+|[.-]+$/g, "");
  return [...name].slice(0, 60).join("") || "run";
}
