import { randomUUID } from "node:crypto";
import { formatMs } from "../model/units.js";
import { absoluteUrl, type CallResult, call } from "./call.js";
import { unmet } from "./condition.js";
import type { Step } from "./fields.js";
import { atPath, describeFields, unmetFields } from "./json-path.js";
import type { ProbeContext } from "./probe-kind.js";

/** What came of one step. */
export interface StepOutcome {
  readonly asked: string;
  readonly answered: string;
  /** What does not fit, in words; empty where everything does. */
  readonly faults: readonly string[];
  readonly result: CallResult;
}

/** Values for `{{name}}`: what earlier steps captured, and `uuid`. */
export type Captures = Map<string, string>;

/** Does the steps in order, and stops at the first that does not fit. */
export async function takeSteps(
  steps: readonly Step[],
  context: ProbeContext,
  captures: Captures = new Map(),
): Promise<{ readonly outcomes: readonly StepOutcome[]; readonly faults: readonly string[] }> {
  const outcomes: StepOutcome[] = [];
  for (const step of steps) {
    const outcome = await takeStep(step, context, captures);
    outcomes.push(outcome);
    if (outcome.faults.length > 0) break;
  }
  const faults = outcomes.flatMap((outcome, i) =>
    outcome.faults.map((fault) => (steps.length > 1 ? `step ${i + 1} (${outcome.asked}): ${fault}` : fault)),
  );
  return { outcomes, faults };
}

/** Makes one request and holds the answer against what is expected. */
export async function takeStep(
  step: Step,
  context: ProbeContext,
  captures: Captures = new Map(),
): Promise<StepOutcome> {
  const fill = (text: string): string =>
    text.replace(/\{\{\s*([\w-]+)\s*\}\}/g, (whole, name: string) =>
      name === "uuid" ? randomUUID() : (captures.get(name) ?? whole),
    );
  const url = absoluteUrl(fill(step.url), context);
  const headers = Object.fromEntries(Object.entries(step.headers).map(([name, value]) => [name, fill(value)]));
  let body = step.body === undefined ? undefined : fill(step.body);
  if (step.json !== undefined) {
    body = JSON.stringify(step.json, (_key, value: unknown) => (typeof value === "string" ? fill(value) : value));
    if (!Object.keys(headers).some((name) => /^content-type$/i.test(name)))
      headers["content-type"] = "application/json";
  }
  const result = await call({ method: step.method, url, headers, body }, context);
  const asked = `${step.method} ${url}${describeExpectation(step)}`;
  if (result.error !== undefined)
    return { asked, answered: result.error, faults: [`no answer: ${result.error}`], result };

  const { expect } = step;
  const faults: string[] = [];
  if (!statusFits(result.status, expect.status)) {
    faults.push(`the status is ${result.status}, not ${statusWords(expect.status)}`);
  }
  for (const [name, condition] of Object.entries(expect.headers ?? {})) {
    const why = unmet(result.headers[name.toLowerCase()]?.toString(), condition);
    if (why !== undefined) faults.push(`header ${name} ${why}`);
  }
  const bodyFault = expect.body === undefined ? undefined : unmet(result.body, expect.body);
  if (bodyFault !== undefined) faults.push(`the body ${bodyFault}`);
  const document = parsed(result.body);
  if (expect.json !== undefined) {
    if (document === undefined) faults.push("the body is not JSON");
    else faults.push(...unmetFields(document, expect.json));
  }
  if (expect.within !== undefined && result.durationMs > expect.within) {
    faults.push(`it took ${formatMs(result.durationMs)}, more than ${formatMs(expect.within)}`);
  }
  for (const [name, path] of Object.entries(step.capture)) {
    const value = atPath(document, path);
    if (typeof value !== "string" && typeof value !== "number") {
      faults.push(`nothing to capture at ${path}`);
      continue;
    }
    captures.set(name, String(value));
    // What is captured is most often a token, and what is short hides nothing.
    if (typeof value === "string") context.keepSecret(value);
  }
  return { asked, answered: `${result.status} ${result.body}`.trim(), faults, result };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function statusFits(status: number, wanted: number | readonly number[] | undefined): boolean {
  if (wanted === undefined) return status >= 200 && status < 300;
  return typeof wanted === "number" ? status === wanted : wanted.includes(status);
}

function statusWords(wanted: number | readonly number[] | undefined): string {
  if (wanted === undefined) return "2xx";
  return typeof wanted === "number" ? String(wanted) : wanted.join(" or ");
}

function describeExpectation({ expect }: Step): string {
  const parts = [
    `status ${statusWords(expect.status)}`,
    ...(expect.json === undefined ? [] : [describeFields(expect.json)]),
    ...(expect.headers === undefined ? [] : [`headers ${describeFields(expect.headers)}`]),
    ...(expect.within === undefined ? [] : [`within ${formatMs(expect.within)}`]),
  ];
  return `, expecting ${parts.join("; ")}`;
}
