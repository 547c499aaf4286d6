import { Problem } from "../model/problem.js";
import { parseDuration } from "../model/units.js";
import { type Breakable, parseBreak } from "./break.js";

/** A target that freezes for `lengthMs` at the start of every period but the first. */
export interface StallPlan {
  readonly everyMs: number;
  readonly lengthMs: number;
}

/** What the built-in target does, faults included. */
export interface DemoOptions {
  /** 0 takes a free port. */
  readonly port: number;
  readonly host: string;
  /** Multiplies every drawn latency. */
  readonly latencyScale: number;
  readonly stall: StallPlan | undefined;
  /** Memory kept on purpose, in 1,000,000 bytes an hour. */
  readonly leakMbPerHour: number;
  /** Open files kept on purpose, an hour. */
  readonly leakDescriptorsPerHour: number;
  /** Share of API requests answered 500, from 0 to 1. */
  readonly errorRatio: number;
  /** API requests a second, with bursts up to one second's worth; the excess is answered 429. */
  readonly rateLimit: number | undefined;
  readonly seed: number;
  readonly log: "all" | "errors" | "none";
  /** Serves HTTPS with a certificate made at the start. */
  readonly tls: DemoTls | undefined;
  readonly broken: ReadonlySet<Breakable>;
}

export interface DemoTls {
  /** Until the certificate expires; below 0 it has already. */
  readonly days: number;
  /** Takes the certificate as PEM, for clients to trust; removed at the end. */
  readonly certFile: string | undefined;
}

export const demoDefaults: DemoOptions = {
  port: 0,
  host: "127.0.0.1",
  latencyScale: 1,
  stall: undefined,
  leakMbPerHour: 0,
  leakDescriptorsPerHour: 0,
  errorRatio: 0,
  rateLimit: undefined,
  seed: 1,
  log: "all",
  tls: undefined,
  broken: new Set(),
};

/** The flags of `demo-target` as typed, absent where not given. */
export interface DemoFlags {
  readonly port?: string;
  readonly host?: string;
  readonly latencyScale?: string;
  readonly stallEvery?: string;
  readonly leakMbPerHour?: string;
  readonly leakDescriptorsPerHour?: string;
  readonly errorRatio?: string;
  readonly rateLimit?: string;
  readonly seed?: string;
  readonly log?: string;
  readonly quiet?: boolean;
  readonly break?: string;
  readonly tlsDays?: string;
  readonly tlsCertFile?: string;
}

/**
 * Flags to options; `--quiet` is `--log none`.
 *
 * @throws {Problem} `demo.flag-invalid` with the flag's name, or `demo.stall-invalid`
 */
export function parseDemoFlags(flags: DemoFlags): DemoOptions {
  return {
    port: number("--port", flags.port, demoDefaults.port, { min: 0, max: 65_535, whole: true }),
    host: flags.host ?? demoDefaults.host,
    latencyScale: number("--latency-scale", flags.latencyScale, demoDefaults.latencyScale, { min: 0, max: 1000 }),
    stall: flags.stallEvery === undefined ? undefined : parseStall(flags.stallEvery),
    leakMbPerHour: number("--leak-mb-per-hour", flags.leakMbPerHour, 0, { min: 0, max: 1_000_000 }),
    leakDescriptorsPerHour: number("--leak-descriptors-per-hour", flags.leakDescriptorsPerHour, 0, {
      min: 0,
      max: 1e6,
    }),
    errorRatio: number("--error-ratio", flags.errorRatio, 0, { min: 0, max: 1 }),
    rateLimit:
      flags.rateLimit === undefined ? undefined : number("--rate-limit", flags.rateLimit, 0, { min: 1, max: 1e6 }),
    seed: number("--seed", flags.seed, demoDefaults.seed, { min: 0, max: 0xffff_ffff, whole: true }),
    log: flags.quiet === true ? "none" : parseLog(flags.log ?? demoDefaults.log),
    broken: flags.break === undefined ? demoDefaults.broken : parseBreak(flags.break),
    tls:
      flags.tlsDays === undefined && flags.tlsCertFile === undefined
        ? undefined
        : {
            days: number("--tls-days", flags.tlsDays, 90, { min: -3650, max: 3650 }),
            certFile: flags.tlsCertFile,
          },
  };
}

/**
 * "10s:1s" or "10s": the period, then the length (1 s unless given).
 *
 * @throws {Problem} `demo.stall-invalid` where the length does not leave time to work
 */
export function parseStall(text: string): StallPlan {
  const [every = "", length = "1s", ...rest] = text.split(":");
  const everyMs = parseDuration(every, "--stall-every");
  const lengthMs = parseDuration(length, "--stall-every");
  if (rest.length > 0 || lengthMs <= 0 || lengthMs >= everyMs) {
    throw new Problem("demo.stall-invalid", "--stall-every needs a period longer than the stall.", {
      at: "--stall-every",
      found: text,
      expected: "period[:length]",
      hint: 'Write it like "10s:1s": one second of standstill in every ten.',
    });
  }
  return { everyMs, lengthMs };
}

function parseLog(text: string): DemoOptions["log"] {
  if (text === "all" || text === "errors" || text === "none") return text;
  throw new Problem("demo.flag-invalid", "--log is not a known level.", {
    at: "--log",
    found: text,
    expected: '"all", "errors" or "none"',
  });
}

function number(
  flag: string,
  text: string | undefined,
  fallback: number,
  { min, max, whole = false }: { min: number; max: number; whole?: boolean },
): number {
  if (text === undefined) return fallback;
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (value >= min && value <= max && (!whole || Number.isInteger(value))) return value;
  throw new Problem("demo.flag-invalid", `${flag} is out of range.`, {
    at: flag,
    found: text,
    expected: `a ${whole ? "whole number" : "number"} from ${min} to ${max}`,
  });
}
