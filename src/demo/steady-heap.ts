import { setFlagsFromString } from "node:v8";

/**
 * Keeps V8 from giving memory back whenever the target has little to do.
 *
 * Once in the first minutes of a light load it returns some twenty megabytes, at a moment of its own choosing. A target
 * that exists to show what a leak looks like must not hide one behind that.
 */
export function keepHeapSteady(): void {
  setFlagsFromString("--no-memory-reducer");
}
