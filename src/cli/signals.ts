import { exitCodes } from "../model/problem.js";

/**
 * Calls `first` at the first SIGINT or SIGTERM; the second ends the process at once.
 *
 * @returns a function that gives the signals back
 */
export function onSignal(first: (signal: string) => void): () => void {
  let seen = false;
  const handler = (signal: NodeJS.Signals): void => {
    if (seen) process.exit(exitCodes.signal);
    seen = true;
    first(signal);
  };
  process.on("SIGINT", handler);
  process.on("SIGTERM", handler);
  return () => {
    process.off("SIGINT", handler);
    process.off("SIGTERM", handler);
  };
}
