import { type LeakVerdict, leakFigureNames } from "../model/leak.js";
import { plainText } from "./escape.js";
import type { Paint } from "./paint.js";

/** Each word has its own shape, so that colour is never needed to tell them apart. */
export const leakMarks: Readonly<Record<LeakVerdict["verdict"], string>> = {
  stable: "✓",
  leaking: "▲",
  "still-warming-up": "~",
  inconclusive: "?",
};

/** Leaks first; descriptors and threads only where they have something to tell. */
export function worthTelling(leaks: readonly LeakVerdict[]): readonly LeakVerdict[] {
  const loud = (leak: LeakVerdict): boolean => leak.verdict === "leaking";
  const told = leaks.filter((leak) => loud(leak) || leak.figure.endsWith("Bytes"));
  return [...told.filter(loud), ...told.filter((leak) => !loud(leak))];
}

/**
 * A line a figure for the terminal, beneath its source.
 *
 * @param named whether each line names its source itself
 */
export function leakLines(leaks: readonly LeakVerdict[], paint: Paint, named = false): string[] {
  const color = {
    stable: paint.green,
    leaking: paint.red,
    "still-warming-up": paint.yellow,
    inconclusive: paint.yellow,
  };
  return worthTelling(leaks).map(
    (leak) =>
      `    ${named ? `${plainText(leak.source)} ` : ""}${color[leak.verdict](`${leakMarks[leak.verdict]} ${leakFigureNames[leak.figure]} ${leak.verdict.replaceAll("-", " ")}`)}: ${leak.sentence}`,
  );
}
