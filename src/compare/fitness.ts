import type { Fitness, FitnessItem, MachineReadings } from "../model/machine.js";
import { validityLimits } from "./validity.js";

/** From where on a reading is doubted (`warn`) or makes the machine unfit (`bad`). */
export const fitnessLimits = {
  openFiles: { warn: 10_000, bad: 1024 },
  freePorts: { warn: 10_000, bad: 1000 },
  /** A port rests this long after its connection: tcp(7), TIME_WAIT. */
  portRestS: 60,
  quotaCores: { warn: 2, bad: 1 },
  throttledRatio: { warn: 0, bad: 0.05 },
  stealRatio: { warn: 0.01, bad: 0.05 },
  /** CPU of others, as a share of all cores. */
  othersRatio: { warn: 0.1, bad: 0.5 },
  oversleepP50Us: { warn: 150, bad: 1000 },
  oversleepP99Us: { warn: 1000, bad: 5000 },
  latenessP50Us: { warn: 150, bad: 1000 },
  /** A run whose arrivals are later than this is `degraded`, so a machine that cannot do better is unfit. */
  latenessP99Us: { warn: 1000, bad: validityLimits.lateMs * 1000 },
  /** Clocks that are read without leaving the process. */
  fastClocks: ["tsc", "kvm-clock", "hyperv_clocksource_tsc_page", "arch_sys_counter", "riscv_clocksource", "timebase"],
} as const;

type Verdict = FitnessItem["verdict"];

/** What a machine's readings mean for a measurement: a verdict on each, its reason, and the remedy. */
export function judgeFitness(readings: MachineReadings): Fitness {
  const items = [
    cores(readings),
    quota(readings),
    others(readings),
    steal(readings),
    openFiles(readings),
    ports(readings),
    clock(readings),
    governor(readings),
    sleep(readings),
    noise(readings),
  ];
  return { fit: items.every((item) => item.verdict !== "bad"), items };
}

/** @param value the larger the worse */
function above(value: number, { warn, bad }: { readonly warn: number; readonly bad: number }): Verdict {
  return value > bad ? "bad" : value > warn ? "warn" : "ok";
}

/** @param value the smaller the worse */
function below(value: number, { warn, bad }: { readonly warn: number; readonly bad: number }): Verdict {
  return value < bad ? "bad" : value < warn ? "warn" : "ok";
}

const rank: Readonly<Record<Verdict, number>> = { unknown: 0, ok: 0, warn: 1, bad: 2 };

function worst(...verdicts: readonly Verdict[]): Verdict {
  return verdicts.reduce((a, b) => (rank[b] > rank[a] ? b : a));
}

function item(id: string, title: string, verdict: Verdict, reason: string, remedy: string): FitnessItem {
  return verdict === "ok" || verdict === "unknown"
    ? { id, title, verdict, reason }
    : { id, title, verdict, reason, remedy };
}

function cores({ cores: count }: MachineReadings): FitnessItem {
  const reason =
    count === 1
      ? "1 core: the pacer, the engine and the target take turns, and each waits for the others."
      : `${count} cores.`;
  const remedy = "Use a machine with at least 2 cores, and let the target run on another one.";
  return item("cores", "Cores", count === 1 ? "warn" : "ok", reason, remedy);
}

function quota({ cpuQuotaCores, throttledRatio }: MachineReadings): FitnessItem {
  const title = "CPU quota";
  if (cpuQuotaCores === undefined) return item("quota", title, "unknown", "No control group is readable here.", "");
  const throttled = throttledRatio ?? 0;
  const limited = Number.isFinite(cpuQuotaCores);
  const verdict = worst(
    below(cpuQuotaCores, fitnessLimits.quotaCores),
    above(throttled, fitnessLimits.throttledRatio),
    // A quota is used up and then everything stands still until the next period, however large it is.
    limited ? "warn" : "ok",
  );
  const reason = limited
    ? `The control group grants ${round(cpuQuotaCores)} cores${throttled > 0 ? ` and held the group back in ${percent(throttled)} of its periods` : ""}; once they are used up, everything stops until the next period.`
    : "The control group sets no limit.";
  return item("quota", title, verdict, reason, "Remove the CPU limit, or raise it well above what a run needs.");
}

function others({ othersCores, busyProcesses, cores: count }: MachineReadings): FitnessItem {
  const title = "Other processes";
  if (othersCores === undefined) return item("others", title, "unknown", "This system does not say what is busy.", "");
  const named = busyProcesses
    .slice(0, 3)
    .map(({ name, pid, cores: used }) => `${name} (pid ${pid}) ${round(used)}`)
    .join(", ");
  const reason = `Others use ${round(othersCores)} of ${count} cores${named === "" ? "" : `: ${named}`}.`;
  return item(
    "others",
    title,
    above(othersCores / count, fitnessLimits.othersRatio),
    reason,
    "Stop what is not needed, or measure when the machine is idle.",
  );
}

function steal({ stealRatio }: MachineReadings): FitnessItem {
  const title = "Steal time";
  if (stealRatio === undefined) return item("steal", title, "unknown", "This system does not count it.", "");
  return item(
    "steal",
    title,
    above(stealRatio, fitnessLimits.stealRatio),
    `The hypervisor gave ${percent(stealRatio)} of our CPU time to others.`,
    "Use a machine with dedicated cores; neighbours cannot be measured away.",
  );
}

function openFiles({ openFiles: limit }: MachineReadings): FitnessItem {
  const title = "Open files";
  if (limit === undefined) return item("files", title, "unknown", "The limit is not readable here.", "");
  return item(
    "files",
    title,
    below(limit, fitnessLimits.openFiles),
    `${count(limit)} may be open, about as many connections as there can be.`,
    "Raise the hard limit: ulimit -n 65536, or LimitNOFILE=65536 in a service.",
  );
}

function ports({ ephemeralPorts, timeWait }: MachineReadings): FitnessItem {
  const title = "Ports";
  if (ephemeralPorts === undefined) return item("ports", title, "unknown", "The port range is not readable here.", "");
  const resting = timeWait ?? 0;
  const free = Math.max(0, ephemeralPorts - resting);
  const rate = Math.floor(ephemeralPorts / fitnessLimits.portRestS);
  return item(
    "ports",
    title,
    below(free, fitnessLimits.freePorts),
    `${count(free)} of ${count(ephemeralPorts)} ports to one address are free, ${count(resting)} rest in TIME_WAIT; without connection reuse that lasts for ${count(rate)} connections a second.`,
    'Widen the range: sysctl net.ipv4.ip_local_port_range="1024 65535"; or wait a minute for resting ports.',
  );
}

function clock({ clockSource }: MachineReadings): FitnessItem {
  const title = "Clock";
  if (clockSource === undefined) return item("clock", title, "unknown", "The clock source is not readable here.", "");
  const fast = (fitnessLimits.fastClocks as readonly string[]).includes(clockSource);
  const slow = ["hpet", "acpi_pm", "jiffies", "refined-jiffies", "pit"].includes(clockSource);
  return item(
    "clock",
    title,
    fast ? "ok" : slow ? "bad" : "warn",
    fast
      ? `${clockSource}, read without a system call.`
      : `${clockSource}: every look at the clock is a system call or slower.`,
    "Boot with clocksource=tsc where the processor has a constant one, or use another machine type.",
  );
}

function governor({ governors }: MachineReadings): FitnessItem {
  const title = "Frequency";
  if (governors === undefined || governors.length === 0) {
    return item("frequency", title, "unknown", "No frequency scaling is visible, as in most virtual machines.", "");
  }
  const steady = governors.every((name) => name === "performance");
  return item(
    "frequency",
    title,
    steady ? "ok" : "warn",
    steady
      ? "The governor is performance."
      : `The governor is ${governors.join(", ")}: a core that rests between arrivals slows down, and latency with it.`,
    "cpupower frequency-set -g performance",
  );
}

function sleep({ oversleep }: MachineReadings): FitnessItem {
  return item(
    "timer",
    "Timer",
    worst(above(oversleep.p50, fitnessLimits.oversleepP50Us), above(oversleep.p99, fitnessLimits.oversleepP99Us)),
    `A thread sleeps ${us(oversleep.p50)} too long in the median and ${us(oversleep.p99)} at p99 (worst ${us(oversleep.max)} of ${count(oversleep.samples)}).`,
    "Free a core for the pacer: stop other processes, remove the CPU quota, and turn off deep sleep states.",
  );
}

function noise({ selfTest }: MachineReadings): FitnessItem {
  const title = "Noise floor";
  if (selfTest === undefined) return item("noise", title, "unknown", "The self-test was left out.", "");
  const { lateness, planned, arrived, rate } = selfTest;
  const missing = planned - arrived;
  return item(
    "noise",
    title,
    worst(
      above(lateness.p50, fitnessLimits.latenessP50Us),
      above(lateness.p99, fitnessLimits.latenessP99Us),
      missing > 0 ? "bad" : "ok",
    ),
    `At ${count(rate)}/s arrivals are ${us(lateness.p50)} late in the median, ${us(lateness.p99)} at p99, ${us(lateness.max)} at worst${missing > 0 ? `; ${count(missing)} of ${count(planned)} never came` : ""}. No latency below that can be told from noise.`,
    "See what is not ok above; then measure again when the machine is idle.",
  );
}

function us(value: number): string {
  return value < 1000 ? `${Math.round(value)} µs` : `${round(value / 1000)} ms`;
}

function percent(ratio: number): string {
  return `${round(ratio * 100)} %`;
}

function round(value: number): string {
  return String(Number(value.toFixed(2)));
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
