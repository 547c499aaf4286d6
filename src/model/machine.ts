/** How late something was, in microseconds, over a number of tries. */
export interface LatenessUs {
  readonly samples: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** A process that used CPU while we looked. */
export interface BusyProcess {
  readonly pid: number;
  /** The kernel's name for it, at most 15 characters. */
  readonly name: string;
  readonly cores: number;
}

/** The short load that a machine puts itself under: how late arrivals are at a server of our own. */
export interface SelfTest {
  /** Arrivals a second. */
  readonly rate: number;
  readonly durationMs: number;
  readonly planned: number;
  readonly arrived: number;
  /** Counted from each arrival's due time to its stamp in the server. */
  readonly lateness: LatenessUs;
}

/** What a machine says of itself before a run. Undefined: this system does not say. */
export interface MachineReadings {
  /** CPUs that this process may use. */
  readonly cores: number;
  /** What the control group grants, cores; Infinity, null as JSON, where it sets no limit. */
  readonly cpuQuotaCores: number | undefined;
  /** Share of the group's periods in which it was throttled while we looked. */
  readonly throttledRatio: number | undefined;
  /** Of this process, after Node.js raised the soft limit to the hard one; Infinity, null as JSON, where there is none. */
  readonly openFiles: number | undefined;
  readonly ephemeralPorts: number | undefined;
  /** Sockets in TIME_WAIT: each holds a port for a minute. */
  readonly timeWait: number | undefined;
  readonly clockSource: string | undefined;
  /** One for each kind of core, without repeats; empty where the system shows no frequency scaling. */
  readonly governors: readonly string[] | undefined;
  /** Share of CPU time that the hypervisor gave to others while we looked. */
  readonly stealRatio: number | undefined;
  /** CPU used by anything but this process, cores. */
  readonly othersCores: number | undefined;
  /** The busiest first. */
  readonly busyProcesses: readonly BusyProcess[];
  /** How much longer than asked a thread sleeps. */
  readonly oversleep: LatenessUs;
  /** Undefined where it was left out. */
  readonly selfTest: SelfTest | undefined;
}

/** One thing that was looked at, with what it means for a measurement. `unknown`: the system does not say. */
export interface FitnessItem {
  readonly id: string;
  readonly title: string;
  readonly verdict: "ok" | "warn" | "bad" | "unknown";
  /** What was found, and why that is good or bad. */
  readonly reason: string;
  /** What to do about it; absent where nothing needs doing. */
  readonly remedy?: string;
}

/** Whether a machine can measure: fit while nothing is `bad`. */
export interface Fitness {
  readonly fit: boolean;
  readonly items: readonly FitnessItem[];
}
