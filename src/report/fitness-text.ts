import type { Fitness, FitnessItem } from "../model/machine.js";
import { plainText } from "./escape.js";
import { painter } from "./paint.js";

const marks: Readonly<Record<FitnessItem["verdict"], string>> = { ok: "✓", warn: "!", bad: "✗", unknown: "–" };

/** What was examined, a block an item: verdict, reason, and the remedy where one is needed. */
export function renderFitness(
  { fit, items }: Fitness,
  style: { readonly color: boolean; readonly width: number },
): string {
  const paint = painter(style.color);
  const tone = { ok: paint.green, warn: paint.yellow, bad: paint.red, unknown: paint.dim };
  const column = Math.max(...items.map(({ title }) => title.length)) + 6;
  const room = Math.max(40, style.width - column);
  const lines = items.flatMap(({ title, verdict, reason, remedy }) => {
    const [first = "", ...more] = wrap(plainText(reason), room);
    const head = `  ${tone[verdict](marks[verdict])} ${title.padEnd(column - 4)}${first}`;
    const rest = more.map((text) => " ".repeat(column) + text);
    const cure =
      remedy === undefined ? [] : wrap(`→ ${remedy}`, room).map((text) => " ".repeat(column) + paint.cyan(text));
    return [head, ...rest, ...cure];
  });
  const doubts = items.filter(({ verdict }) => verdict === "warn").length;
  const faults = items.filter(({ verdict }) => verdict === "bad").length;
  const word = fit ? (doubts === 0 ? paint.green("FIT") : paint.yellow("FIT")) : paint.red("UNFIT");
  const counted = `${plural(faults, "fault")}, ${plural(doubts, "doubt")}`;
  const sentence = fit
    ? doubts === 0
      ? "This machine can measure."
      : `This machine can measure, with ${plural(doubts, "doubt")}.`
    : `${counted}: what this machine measures would not be trusted.`;
  return `${lines.join("\n")}\n\n  ${paint.bold(word)}  ${sentence}\n`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + word.length + 1 > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
