import type { ProbeResult } from "../model/probe.js";
import { formatMs } from "../model/units.js";
import { paint, type Terminal } from "./terminal.js";

/** One line a probe: its state, its name, its time, and why. */
export function probeLine(result: ProbeResult, out: Pick<Terminal, "color">): string {
  const color = result.state === "pass" ? "green" : "red";
  // The reason may quote the target: control characters are not for this terminal.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out.
  const reason = result.reason.replace(/[\u0000-\u001f\u007f-\u009f]+/g, " ").slice(0, 500);
  return `${paint(out, color, result.state.padEnd(5))} ${result.name.padEnd(20)} ${formatMs(result.durationMs).padStart(8)}  ${reason}\n`;
}
