import { fileURLToPath } from "node:url";
import { splitWords } from "../monitor/words.js";

/** This program itself, for commands that begin with its name: it need not be on the PATH. */
const ownProgram = fileURLToPath(new URL("../cli/bin.js", import.meta.url));

/** A command as words; `loadline` and `node` mean the very programs that run now. */
export function commandWords(command: string | readonly string[]): [program: string, ...parameters: string[]] {
  const [program = "", ...parameters] = typeof command === "string" ? splitWords(command) : command;
  if (program === "loadline") return [process.execPath, ownProgram, ...parameters];
  if (program === "node") return [process.execPath, ...parameters];
  return [program, ...parameters];
}

/** A command line in which a leading `loadline` means the very program that runs now; any other stays as it is. */
export function withOwnProgram(command: string): string {
  return /^\s*loadline(?:\s|$)/.test(command) ? quoteWords(commandWords(command)) : command;
}

/** Words as one line that splits into the same words again. */
export function quoteWords(words: readonly string[]): string {
  return words.map((word) => (/^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(" ");
}
