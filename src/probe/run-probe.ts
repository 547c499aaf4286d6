import { setMaxListeners } from "node:events";
import { resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { ProbeResult } from "../model/probe.js";
import { Problem } from "../model/problem.js";
import { formatDuration } from "../model/units.js";
import { readPem } from "./call.js";
import { type AskProbe, accompaniesLoad, type ProbeDeclaration, timeoutOf } from "./kinds.js";
import { startOwnTarget } from "./own-target.js";
import type { LoadGate, OwnTarget, ProbeAnswer, ProbeContext } from "./probe-kind.js";
import type { Secrets } from "./secrets.js";

/** What probes are run in. */
export interface ProbeSurroundings {
  readonly baseUrl: string | undefined;
  readonly folder: string;
  readonly load: LoadGate | undefined;
  readonly outputs: ReadonlyMap<string, string>;
  readonly env: Readonly<Record<string, string>>;
  readonly secrets: Secrets;
  /** Ends every probe at once. */
  readonly signal: AbortSignal;
}

/** A probe that ignores its signal is given up this much later. */
const deafMs = 1000;

/**
 * Runs one probe: starts its own target where it has one, asks within the time limit, asks again where that is
 * declared, and keeps the evidence without secrets. Never throws.
 */
export async function runProbe(
  name: string,
  declared: ProbeDeclaration,
  ask: AskProbe,
  given: ProbeSurroundings,
): Promise<ProbeResult> {
  const at = new Date().toISOString();
  const startMs = performance.now();
  given.secrets.addFrom(declared);
  const limitMs = timeoutOf(declared);
  const time = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const startTimer = (): void => {
    if (!isOver) timer = setTimeout(() => time.abort(), limitMs);
  };
  // A probe that accompanies the load has its time when the load is over: nobody knows how long that takes.
  if (given.load !== undefined && accompaniesLoad(declared)) void given.load.ended.then(startTimer);
  else startTimer();
  const signal = AbortSignal.any([time.signal, given.signal]);
  // A burst listens once a request; Node takes more than ten for a leak.
  setMaxListeners(0, signal);
  let own: Awaited<ReturnType<typeof startOwnTarget>> | undefined;
  let attempts = 0;
  let answer: ProbeAnswer | undefined;
  let problem: unknown;
  try {
    if (declared.start !== undefined) {
      own = await startOwnTarget({
        ...declared.start,
        folder: given.folder,
        readyUrl: declared.start.readyUrl,
        timeoutMs: limitMs,
      });
    }
    const context = contextOf(declared, given, own, signal);
    const retries = "retries" in declared ? declared.retries : 0;
    do {
      if (attempts > 0) await wait("retryEvery" in declared ? declared.retryEvery : 0, undefined, { signal });
      attempts += 1;
      problem = undefined;
      try {
        answer = await inTime(ask(declared, context), signal);
      } catch (error) {
        problem = error;
      }
    } while ((problem !== undefined || answer?.ok !== true) && attempts <= retries && !signal.aborted);
  } catch (error) {
    // A wait that was cut short leaves the last answer standing.
    if (answer === undefined) problem = error;
  } finally {
    isOver = true;
    clearTimeout(timer);
    await own?.close();
  }
  const clean = (text: string): string => given.secrets.remove(text);
  const shared = { name, kind: declared.kind, at, durationMs: Math.round(performance.now() - startMs), attempts };
  if (problem !== undefined || answer === undefined) {
    const late = time.signal.aborted;
    return {
      ...shared,
      state: late ? "fail" : "error",
      asked: clean(answer?.asked ?? ""),
      answered: clean(answer?.answered ?? ""),
      reason: late ? `not done within ${formatDuration(limitMs)}` : clean(wordsOf(problem)),
    };
  }
  return {
    ...shared,
    state: answer.ok ? "pass" : "fail",
    asked: clean(answer.asked),
    answered: clean(answer.answered),
    reason: clean(answer.reason),
    ...(answer.figures === undefined ? {} : { figures: { ...answer.figures } }),
  };
}

function contextOf(
  declared: ProbeDeclaration,
  given: ProbeSurroundings,
  own: OwnTarget | undefined,
  signal: AbortSignal,
): ProbeContext {
  const baseUrl = (): string | undefined => (own === undefined ? given.baseUrl : own.url);
  return {
    baseUrl,
    folder: given.folder,
    signal,
    load: given.load,
    ownTarget: own,
    outputs: given.outputs,
    get env() {
      const url = baseUrl();
      return url === undefined ? given.env : { ...given.env, BASE_URL: url };
    },
    ca: declared.ca === undefined ? undefined : readPem(resolve(given.folder, declared.ca)),
    keepSecret: (value) => given.secrets.add(value),
  };
}

/** The answer, or an error soon after the signal, whatever the probe does. */
async function inTime<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  let deaf: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const giveUp = (): void => {
      deaf = setTimeout(() => reject(new Error("given up")), deafMs);
    };
    if (signal.aborted) giveUp();
    else signal.addEventListener("abort", giveUp, { once: true });
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(deaf);
  }
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Problem)) return error instanceof Error ? error.message : String(error);
  const found =
    error.found === undefined
      ? ""
      : ` (found ${typeof error.found === "string" ? error.found : JSON.stringify(error.found)})`;
  return [`${error.message}${found}`, error.hint].filter((part) => part !== undefined && part !== "").join(" ");
}
