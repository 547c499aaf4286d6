import type { z } from "zod";
import type { ProbeMoment } from "../model/probe.js";

/** What an asked probe came to. */
export interface ProbeAnswer {
  readonly ok: boolean;
  readonly asked: string;
  readonly answered: string;
  /** Why it failed, or what shows that it passed. */
  readonly reason: string;
  readonly figures?: Readonly<Record<string, number>>;
}

/** The load that a probe accompanies. */
export interface LoadGate {
  /** Settles when the load is over, or is given up. */
  readonly ended: Promise<void>;
}

/** A target that the probe started itself. */
export interface OwnTarget {
  readonly url: string | undefined;
  readonly pid: number;
  /** What it writes, stdout and stderr. */
  readonly logFile: string;
  /** Starts it again with the same command, after it has gone. */
  startAgain(): Promise<void>;
}

/** What a probe may use of the world around it. */
export interface ProbeContext {
  /** Of the target; undefined where nobody said where it is. */
  baseUrl(): string | undefined;
  /** Relative paths start here. */
  readonly folder: string;
  /** Aborted when the probe's time is up. */
  readonly signal: AbortSignal;
  /** Present while a load goes on. */
  readonly load: LoadGate | undefined;
  readonly ownTarget: OwnTarget | undefined;
  /** Log files of watched commands by name. */
  readonly outputs: ReadonlyMap<string, string>;
  /** For commands, beside our own environment. */
  readonly env: Readonly<Record<string, string>>;
  /** PEM of an authority to trust beside the usual ones. */
  readonly ca: string | undefined;
  /** What must never be shown: captured tokens, values of secret variables. */
  keepSecret(value: string): void;
}

/** What every declaration has. */
export interface Declared {
  readonly kind: string;
  readonly when: ProbeMoment;
  readonly timeout?: number | undefined;
  readonly retries?: number | undefined;
  readonly retryEvery?: number | undefined;
}

/** One kind of probe: what may be declared, how long it takes at most, and how it asks. */
export interface ProbeKind<S extends z.ZodType> {
  readonly schema: S;
  /** Unless declared. */
  readonly timeoutMs: number;
  /**
   * @throws where the question cannot be put: a missing file, an unreadable answer of a tool
   */
  ask(declared: z.output<S>, context: ProbeContext): Promise<ProbeAnswer>;
}
