import { mergedRuns, toComparedSide } from "../baseline/sides.js";
import { checkCompareOptions, compareRuns } from "../compare/compare-runs.js";
import type { ComparedSide, Comparison, Verdict } from "../model/comparison.js";
import { type ExitCode, exitCodes, Problem } from "../model/problem.js";
import type { RunRecord } from "../model/run.js";
import { loadlineOptions } from "../script/loadline-options.js";
import { type Random, seededRandom } from "../stats/random.js";
import { checkForK6, checkGateForK6 } from "./k6-refusals.js";
import { readRecord } from "./read-record.js";
import { exitCodeOfVerdict } from "./results.js";
import { startRun } from "./run.js";
import type { RunObserver, RunRequest, WatchedCommand } from "./run-request.js";

export type Side = "a" | "b";

export interface AbTarget {
  /** Becomes BASE_URL; where absent, what the started command says of itself. */
  readonly url?: string | undefined;
  /** Started anew for each block and stopped after it. */
  readonly command?: WatchedCommand | undefined;
}

export interface AbRequest {
  /** What both sides share. */
  readonly run: RunRequest;
  readonly a: AbTarget;
  readonly b: AbTarget;
  readonly sessions: number;
  /** Runs of each side in a session. */
  readonly blocks: number;
  /** Of the order of blocks. */
  readonly seed: number;
  readonly margin?: number | undefined;
  readonly margins?: Readonly<Record<string, number>> | undefined;
  readonly gate?: readonly string[] | undefined;
  readonly bounds?: RatioBounds | undefined;
  /** The day on which a temporary bound is held against its end, YYYY-MM-DD. */
  readonly today: string;
}

/** How many times A's latency B's may reach. */
export interface RatioBounds {
  readonly maxRatio: number;
  /** In force through that day, instead of the other. */
  readonly temporary?: { readonly maxRatio: number; readonly until: string } | undefined;
}

export interface AbResult {
  readonly schema: "loadline.ab/1";
  readonly scenario: string;
  readonly seed: number;
  readonly sessions: readonly {
    readonly order: readonly Side[];
    readonly a: readonly string[];
    readonly b: readonly string[];
  }[];
  readonly bounds: (RatioBounds & { readonly inForce: number; readonly withoutTemporary: Verdict | null }) | null;
  readonly comparison: Comparison;
}

export interface AbView {
  step(text: string): void;
  /** One for each run. */
  observer(): RunObserver & { close(): void };
  /** Told how to end what goes on. */
  onStoppable(stop: (reason: string) => void): void;
}

interface Session {
  readonly order: readonly Side[];
  readonly a: RunRecord[];
  readonly b: RunRecord[];
}

/**
 * Holds two targets against each other in one sitting: sessions of blocks in random order, judged by the log ratios
 * within sessions (METHOD section 4), so that what the machine does to both cancels.
 *
 * @throws {Problem} `ab.*` for an unusable request, and whatever the runs throw
 */
export async function runAb(request: AbRequest, view: AbView): Promise<{ result: AbResult; exitCode: ExitCode }> {
  checkRequest(request);
  checkForK6(request.run);
  checkGateForK6(request.run, request.gate);
  const random = seededRandom(request.seed);
  const sessions: Session[] = [];
  const total = request.sessions * request.blocks * 2;
  let made = 0;
  let stoppedWith: ExitCode | undefined;
  for (let n = 0; n < request.sessions && stoppedWith === undefined; n += 1) {
    const session: Session = { order: shuffledBlocks(random, request.blocks), a: [], b: [] };
    sessions.push(session);
    for (const side of session.order) {
      made += 1;
      view.step(`session ${n + 1} of ${request.sessions}, ${side.toUpperCase()} (run ${made} of ${total})`);
      const { record, exitCode } = await runBlock(request, side, n + 1, view);
      session[side].push(record);
      if (record.manifest.status === "complete") continue;
      stoppedWith = exitCode;
      break;
    }
  }
  const result = judgeSessions(request, sessions);
  return { result, exitCode: stoppedWith ?? exitCodeOfVerdict(result.comparison.verdict) };
}

async function runBlock(request: AbRequest, side: Side, session: number, view: AbView) {
  const { url, command } = request[side];
  const { run } = request;
  const observer = view.observer();
  const active = startRun(
    {
      ...run,
      env: { ...run.env, ...(url === undefined ? {} : { BASE_URL: url }) },
      labels: { ...run.labels, side, session: String(session) },
      commands: command === undefined ? [] : [command],
    },
    observer,
  );
  view.onStoppable(active.stop);
  try {
    const { folder, exitCode } = await active.outcome;
    return { record: readRecord(run.reportsDir, folder), exitCode };
  } finally {
    observer.close();
  }
}

/** The verdict on sessions as recorded; only whole ones count. */
export function judgeSessions(request: AbRequest, made: readonly Session[]): AbResult {
  const { bounds, today, seed } = request;
  const whole = made.filter(({ a, b }) => a.length === request.blocks && b.length === request.blocks);
  if (whole.length === 0) {
    throw new Problem("ab.no-session", "No session was completed, so there is nothing to judge.", {
      hint: "The runs that were made are in their folders.",
      exitCode: exitCodes.inconclusive,
    });
  }
  const first = whole[0]!.a[0]!.manifest;
  const { gate, margin, margins } = loadlineOptions(first.options.ext);
  const [a, b] = [sideOf(whole, "a"), sideOf(whole, "b")];
  const pairs = a.runs.map((run, i) => [run.id, b.runs[i]!.id] as const);
  const judge = (maxRatio: number | undefined): Comparison =>
    compareRuns({
      scenario: first.scenario,
      baseline: { ...a, name: "a" },
      candidate: b,
      options: {
        gate: request.gate ?? gate,
        margin: request.margin ?? margin,
        margins: { ...margins, ...request.margins },
        pairs,
        maxRatio,
      },
    });
  const isTemporary = bounds?.temporary !== undefined && today <= bounds.temporary.until;
  const inForce = isTemporary ? bounds.temporary!.maxRatio : bounds?.maxRatio;
  const comparison = judge(inForce);
  const warnings = [...comparison.warnings];
  const withoutTemporary = isTemporary ? judge(bounds.maxRatio).verdict : null;
  if (isTemporary) {
    const { maxRatio, until } = bounds.temporary!;
    warnings.push(
      `The temporary bound of ${maxRatio} times is in force until ${until}; with ${bounds.maxRatio} times this is ${withoutTemporary}.`,
    );
  } else if (bounds?.temporary !== undefined) {
    warnings.push(`The temporary bound of ${bounds.temporary.maxRatio} times ended on ${bounds.temporary.until}.`);
  }
  if (whole.length < made.length) warnings.push("The last session was cut short and does not count.");
  return {
    schema: "loadline.ab/1",
    scenario: first.scenario,
    seed,
    sessions: whole.map((session) => ({ order: session.order, a: session.a.map(idOf), b: session.b.map(idOf) })),
    bounds: bounds === undefined ? null : { ...bounds, inForce: inForce!, withoutTemporary },
    comparison: { ...comparison, warnings },
  };
}

/** One side, with the blocks of each session as one run. */
function sideOf(sessions: readonly Session[], side: Side): ComparedSide {
  const compared = toComparedSide(sessions.flatMap((session) => session[side]));
  const runs = new Map(compared.runs.map((run) => [run.id, run]));
  return {
    ...compared,
    runs: sessions.map((session) => mergedRuns(session[side].map((record) => runs.get(idOf(record))!))),
  };
}

function idOf(record: RunRecord): string {
  return record.manifest.id;
}

/** As many of either side, in random order (Fisher and Yates). */
export function shuffledBlocks(random: Random, blocks: number): Side[] {
  const order: Side[] = Array.from({ length: 2 * blocks }, (_, i) => (i < blocks ? "a" : "b"));
  for (let i = order.length - 1; i > 0; i -= 1) {
    const j = random.below(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

function checkRequest({ a, b, sessions, blocks, bounds, gate, margin, margins }: AbRequest): void {
  for (const maxRatio of [bounds?.maxRatio, bounds?.temporary?.maxRatio]) {
    checkCompareOptions({ gate, margin, margins, maxRatio });
  }
  const refuse = (code: string, message: string, at: string, found: unknown, expected: string, hint: string): never => {
    throw new Problem(code, message, { at, found, expected, hint, exitCode: exitCodes.usage });
  };
  for (const [side, target] of Object.entries({ a, b })) {
    if (target.url !== undefined || target.command !== undefined) continue;
    const expected = `--${side} URL or --command-${side}`;
    refuse(
      "ab.no-target",
      `There is no target for side ${side.toUpperCase()}.`,
      `--${side}`,
      "nothing",
      expected,
      `Give ${expected}.`,
    );
  }
  if (!(sessions >= 1))
    refuse(
      "ab.sessions",
      "At least one session is needed.",
      "--sessions",
      sessions,
      "1 or more",
      "Five find +10 %, ten +5 %.",
    );
  if (!(blocks >= 1))
    refuse(
      "ab.blocks",
      "A session needs a block of each side.",
      "--blocks",
      blocks,
      "1 or more",
      "Leave --blocks out.",
    );
  const until = bounds?.temporary?.until;
  if (until === undefined) return;
  const date = new Date(`${until}T00:00:00Z`);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(until) || Number.isNaN(date.getTime()) || !date.toISOString().startsWith(until)) {
    refuse("ab.until", "This is no day.", "--until", until, "YYYY-MM-DD", "Write it like 2027-01-31.");
  }
}
