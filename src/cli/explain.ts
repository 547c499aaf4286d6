import { exitCodes, Problem } from "../model/problem.js";
import { redactText } from "../model/redact.js";
import { paint, type Terminal } from "./terminal.js";

/** Says what went wrong, where, what was expected and what to do, without secrets. @returns the exit code */
export function explain(error: unknown, terminal: Terminal): number {
  const out = { ...terminal, write: (text: string) => terminal.write(redactText(text)) };
  if (error instanceof Problem) {
    out.write(`${paint(out, "red", "error")} ${error.message}\n`);
    const lines: [string, string | undefined][] = [
      ["where", error.message.includes(error.at ?? "\0") ? undefined : error.at],
      ["found", error.found === undefined ? undefined : shown(error.found)],
      ["expected", error.expected],
      ["try", error.hint],
    ];
    for (const [label, text] of lines) {
      if (text !== undefined)
        out.write(`  ${paint(out, "dim", label.padEnd(8))} ${text.replaceAll("\n", "\n           ")}\n`);
    }
    out.write(`  ${paint(out, "dim", "code".padEnd(8))} ${error.code} (exit ${error.exitCode})\n`);
    return error.exitCode;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  out.write(
    `${paint(out, "red", "error")} Loadline itself failed. This is our fault; please report it with the lines below.\n${text}\n`,
  );
  return exitCodes.internal;
}

function shown(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? String(value));
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
