import type { Progress, RunObserver } from "../harness/run-request.js";
import { formatBytes, formatDuration, formatMs } from "../model/units.js";
import type { LogOutput } from "./log-output.js";
import { escapeControl, paint, type Terminal } from "./terminal.js";

const logEveryMs = 30_000;

/** Shows a run while it goes: a line that is redrawn on a screen, one line each 30 s in a log. */
export function progressView(
  out: Terminal,
  quiet: boolean,
  logs?: Pick<LogOutput, "take">,
): RunObserver & { close(): void } {
  let drawn = false;
  let lastLineMs = 0;
  const clear = (): void => {
    if (drawn) out.write("\r\u001b[2K");
    drawn = false;
  };
  const line = (text: string): void => {
    clear();
    out.write(`${text}\n`);
  };
  return {
    planned(plan, folder) {
      if (quiet) return;
      for (const scenario of plan.scenarios) line(`${paint(out, "bold", scenario.name)}  ${describe(scenario)}`);
      line(paint(out, "dim", `recording to ${folder}`));
    },
    preparing(made, of) {
      if (!quiet && out.isTTY) {
        clear();
        out.write(`preparing ${made} of ${counted(of, "VU")}`);
        drawn = true;
      }
    },
    phase(phase) {
      if (!quiet && phase !== "load" && out.isTTY) {
        clear();
        out.write(`${phase} …`);
        drawn = true;
      }
    },
    progress(progress) {
      if (quiet) return;
      const text = progressLine(progress, out);
      if (out.isTTY) {
        clear();
        out.write(text);
        drawn = true;
      } else if (progress.elapsedMs - lastLineMs >= logEveryMs) {
        lastLineMs = progress.elapsedMs;
        line(text);
      }
    },
    checkpoint(text) {
      if (!quiet) line(paint(out, "dim", escapeControl(text)));
    },
    log(level, text, ofConsole = false) {
      if (logs?.take({ level, text, ofConsole }) === true) return;
      const style = level === "error" ? "red" : level === "warn" ? "yellow" : "dim";
      line(`${paint(out, style, level.padEnd(5))} ${escapeControl(text)}`);
    },
    close: clear,
  };
}

/** One line that tells how the run goes. */
export function progressLine(progress: Progress, out: Pick<Terminal, "color" | "isTTY" | "width">): string {
  const share = Math.min(1, progress.elapsedMs / Math.max(1, progress.plannedMs));
  const cells = 12;
  const full = Math.round(share * cells);
  const bar = `${"━".repeat(full)}${paint(out, "dim", "─".repeat(cells - full))}`;
  const parts = [
    `${bar} ${formatDuration(wholeSeconds(progress.elapsedMs))}/${formatDuration(progress.plannedMs)}${timeLeft(progress)}`,
    `${Math.round(progress.achievedRate)}${progress.plannedRate > 0 ? ` of ${Math.round(progress.plannedRate)}` : ""}/s`,
    `p95 ${progress.p95Ms === undefined ? "–" : formatMs(progress.p95Ms)}`,
    `errors ${(progress.errorRatio * 100).toFixed(2)} %`,
    `VUs ${progress.vusBusy}/${progress.vus}`,
  ];
  if (progress.dropped > 0) parts.push(paint(out, "yellow", `dropped ${progress.dropped}`));
  if (progress.targetRssBytes !== undefined) {
    const cpu = progress.targetCpuCores === undefined ? "" : ` ${Math.round(progress.targetCpuCores * 100)} % CPU`;
    parts.push(`target ${formatBytes(progress.targetRssBytes)}${cpu}`);
    if (progress.targetGrowth !== undefined) parts.push(progress.targetGrowth);
  }
  // A line longer than the screen would wrap and could not be redrawn; in a log it may be as long as it is.
  while (out.isTTY && parts.length > 2 && visibleLength(parts.join("  ")) > out.width - 1)
    parts.splice(leastNeeded(parts), 1);
  return parts.join("  ");
}

/** How many virtual users are busy goes first, then what stands last. */
function leastNeeded(parts: readonly string[]): number {
  const vus = parts.findIndex((part) => part.startsWith("VUs "));
  return vus < 0 ? parts.length - 1 : vus;
}

function wholeSeconds(ms: number): number {
  return Math.round(ms / 1000) * 1000;
}

/** By the plan: an iteration that is under way at the end may take a little longer. */
function timeLeft({ elapsedMs, plannedMs }: Progress): string {
  const leftMs = wholeSeconds(plannedMs - elapsedMs);
  return leftMs <= 0 ? "" : `, ${formatDuration(leftMs)} left`;
}

function visibleLength(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what is being removed
  return text.replace(/\u001b\[\d+m/g, "").length;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** "1 VU", "40–80 VUs". */
function vuRange({ preAllocatedVUs, maxVUs }: { readonly preAllocatedVUs: number; readonly maxVUs: number }): string {
  return preAllocatedVUs === maxVUs ? counted(maxVUs, "VU") : `${preAllocatedVUs}–${counted(maxVUs, "VU")}`;
}

function describe(scenario: Parameters<RunObserver["planned"]>[0]["scenarios"][number]): string {
  switch (scenario.executor) {
    case "constant-arrival-rate":
      return `${counted(scenario.rate, "arrival")} each ${formatDuration(scenario.timeUnitMs)} for ${formatDuration(scenario.durationMs)}, ${vuRange(scenario)}`;
    case "ramping-arrival-rate":
      return `arrivals from ${scenario.startRate} by way of ${scenario.stages.map((stage) => stage.target).join(", ")} each ${formatDuration(scenario.timeUnitMs)}, ${vuRange(scenario)}`;
    case "constant-vus":
      return `${counted(scenario.vus, "looping VU")} for ${formatDuration(scenario.durationMs)}`;
    case "ramping-vus":
      return `VUs from ${scenario.startVUs} by way of ${scenario.stages.map((stage) => stage.target).join(", ")}`;
    case "per-vu-iterations":
      return `${counted(scenario.iterations, "iteration")} by each of ${counted(scenario.vus, "VU")}`;
    case "shared-iterations":
      return `${counted(scenario.iterations, "iteration")} shared by ${counted(scenario.vus, "VU")}`;
  }
}
