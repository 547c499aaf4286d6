import { Problem } from "../model/problem.js";

/**
 * A command line as words: spaces separate, quotes and backslashes keep together, as a POSIX shell reads them.
 *
 * Nothing else of a shell: no variables, no globs, no pipes.
 *
 * @throws {Problem} `command.unfinished-quote`, `command.empty`
 */
export function splitWords(command: string): [program: string, ...parameters: string[]] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: "'" | '"' | undefined;
  for (let i = 0; i < command.length; i += 1) {
    const char = command[i]!;
    if (char === "\\" && quote !== "'" && i + 1 < command.length) {
      const next = command[i + 1]!;
      // Inside double quotes a backslash protects only what is special there.
      word = (word ?? "") + (quote === '"' && !'"\\$`'.includes(next) ? char + next : next);
      i += 1;
    } else if (quote !== undefined) {
      if (char === quote) quote = undefined;
      else word = (word ?? "") + char;
    } else if (char === "'" || char === '"') {
      quote = char;
      word ??= "";
    } else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? "") + char;
    }
  }
  if (word !== undefined) words.push(word);
  if (quote !== undefined) {
    throw new Problem("command.unfinished-quote", "A quote in the command is not closed.", {
      at: "--command",
      found: command,
      expected: `a closing ${quote}`,
    });
  }
  const [program, ...parameters] = words;
  if (program === undefined || program === "") {
    throw new Problem("command.empty", "The command is empty.", {
      at: "--command",
      found: command,
      hint: 'Write it like --command "node server.js".',
    });
  }
  return [program, ...parameters];
}
