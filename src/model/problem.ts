/**
 * k6's exit codes, and ours beside them.
 *
 * One table, so that a CI job can rely on the number alone.
 */
export const exitCodes = {
  ok: 0,
  usage: 2,
  thresholds: 99,
  setupTimeout: 100,
  teardownTimeout: 101,
  otherTimeout: 102,
  stoppedByApi: 103,
  configuration: 104,
  signal: 105,
  apiNotStarted: 106,
  scriptException: 107,
  scriptAborted: 108,
  internal: 109,
  markedFailed: 110,
  regressed: 111,
  inconclusive: 112,
  checklistIncomplete: 113,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export interface ProblemDetails {
  /** Where: a file with line, an option's path, a flag. */
  readonly at?: string;
  readonly found?: unknown;
  readonly expected?: string;
  /** What to do about it. */
  readonly hint?: string;
  /** Defaults to 104, a configuration error. */
  readonly exitCode?: ExitCode;
  readonly cause?: unknown;
}

/** A user's mistake or an unusable input, with a stable code, the place, what was found and the remedy. */
export class Problem extends Error {
  readonly code: string;
  readonly at: string | undefined;
  readonly found: unknown;
  readonly expected: string | undefined;
  readonly hint: string | undefined;
  readonly exitCode: ExitCode;

  constructor(code: string, message: string, details: ProblemDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "Problem";
    this.code = code;
    this.at = details.at;
    this.found = details.found;
    this.expected = details.expected;
    this.hint = details.hint;
    this.exitCode = details.exitCode ?? exitCodes.configuration;
  }
}
