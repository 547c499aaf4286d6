import type { LeakVerdict } from "../model/leak.js";
import { formatDuration } from "../model/units.js";

/** The verdict as a sentence or two: what was found, how sure, and what to do where it is open. */
export function leakSentence(verdict: Omit<LeakVerdict, "sentence">): string {
  const { growthPerHour, against } = verdict;
  const more = against === "baseline" ? " more than the baseline" : "";
  const wait = verdict.runAtLeastMs === null ? "" : ` Run for at least ${roundDuration(verdict.runAtLeastMs)}.`;
  if (growthPerHour === null) return `Too short to tell.${wait}`;
  const { low, high } = growthPerHour;
  const between = `${rate(verdict, low)} to ${rate(verdict, high, true)}`;
  switch (verdict.verdict) {
    case "leaking":
      return `Grows ${between}${more}.${limitSentence(verdict)}`;
    case "stable":
      return `Growth below ${rate(verdict, verdict.belowPerHour ?? high, true)}${more}.`;
    case "still-warming-up":
      // Certain growth by itself is held back by one thing alone.
      if (against === "itself" && verdict.timeConstantMs === null && low >= verdict.minimumPerHour) {
        return `Grows ${between}, but not yet past where it fell from: it may be the next tooth of a saw.${wait}`;
      }
      return verdict.timeConstantMs === null
        ? `Grows, and a warm-up would explain it; leaking up to ${rate(verdict, high, true)}${more} would, too.${wait}`
        : `Growth is slowing: still warming up.${wait}`;
    case "inconclusive":
      return `Anything from ${between}${more} fits.${wait}`;
  }
}

/** For a line that is redrawn each second: "+580…640 MB/h, leaking". */
export function growthInShort(verdict: LeakVerdict): string {
  const { growthPerHour } = verdict;
  if (growthPerHour === null) return "growth unknown";
  const { low, high } = growthPerHour;
  return `${low > 0 ? "+" : ""}${rate(verdict, low)}…${rate(verdict, high, true)}, ${verdict.verdict.replaceAll("-", " ")}`;
}

function limitSentence({ timeToLimitMs }: Pick<LeakVerdict, "timeToLimitMs">): string {
  if (timeToLimitMs === null) return "";
  const { low, high } = timeToLimitMs;
  return high === null
    ? ` The limit is reached in ${roundDuration(low)} at the soonest.`
    : ` The limit is reached in ${roundDuration(low)} to ${roundDuration(high)}.`;
}

/** Growth an hour: "4.2" or, with its unit, "4.2 MB/h". Two significant digits: the interval is wider than the rest. */
export function rate({ figure }: Pick<LeakVerdict, "figure">, perHour: number, withUnit = false): string {
  const bytes = figure.endsWith("Bytes");
  const value = bytes ? perHour / 1e6 : perHour;
  const text = Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(2)));
  if (!withUnit) return text;
  return `${text} ${bytes ? "MB/h" : figure === "fds" ? "descriptors/h" : "threads/h"}`;
}

/** Nobody plans by the second what lasts minutes, nor by the minute what lasts days. */
function roundDuration(ms: number): string {
  const grain = ms >= 36_000_000 ? 3_600_000 : ms >= 600_000 ? 60_000 : 1000;
  return formatDuration(Math.ceil(ms / grain) * grain);
}
