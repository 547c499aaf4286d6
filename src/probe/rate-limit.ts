import { setTimeout as wait } from "node:timers/promises";
import * as z from "zod";
import { absoluteUrl, type CallResult, call } from "./call.js";
import { commonFields, durationSchema } from "./fields.js";
import type { ProbeKind } from "./probe-kind.js";

const schema = z
  .strictObject({
    kind: z.literal("rate-limit"),
    ...commonFields,
    url: z.string(),
    method: z.string().default("GET"),
    headers: z.record(z.string(), z.string()).default({}),
    body: z.string().optional(),
    /** So many requests, spread evenly over `per`, must all be let through. */
    allowed: z.number().int().min(1).max(5000),
    per: durationSchema.default(1000),
    /** So many at once are more than the limiter may let through. */
    burst: z.number().int().min(1).max(5000),
    status: z.number().int().default(429),
    /** The refusal says when to come back. */
    retryAfter: z.boolean().default(false),
  })
  .refine((probe) => probe.burst > 2 * probe.allowed, "a burst of more than twice what is allowed");

/** Sockets at a time: more would test our own limits. */
const parallel = 50;

/** None is refused below the limit, and the excess above it is. */
export const rateLimitKind: ProbeKind<typeof schema> = {
  schema,
  timeoutMs: 60_000,
  async ask(declared, context) {
    const url = absoluteUrl(declared.url, context);
    const { method, headers, body, allowed, per, burst, status } = declared;
    const send = (): Promise<CallResult> => call({ method, url, headers, body }, context);
    const asked = `${method} ${url}: ${allowed} in ${per} ms all pass; of ${burst} at once the excess is refused with ${status}`;

    const evenly: Promise<CallResult>[] = [];
    const startMs = performance.now();
    for (let i = 0; i < allowed; i += 1) {
      await wait(Math.max(0, startMs + (i * per) / allowed - performance.now()), undefined, { signal: context.signal });
      evenly.push(send());
    }
    const below = tally(await Promise.all(evenly), status);

    const burstMs = performance.now();
    const answers: CallResult[] = [];
    let left = burst;
    await Promise.all(
      Array.from({ length: Math.min(parallel, burst) }, async () => {
        while (left > 0 && !context.signal.aborted) {
          left -= 1;
          answers.push(await send());
        }
      }),
    );
    const tookMs = performance.now() - burstMs;
    const above = tally(answers, status);
    // A full bucket, or the end of one window and the begin of the next, and what is refilled meanwhile.
    const most = Math.ceil(allowed * (2 + tookMs / per));
    const faults: string[] = [];
    if (below.refused > 0) faults.push(`${below.refused} of ${allowed} requests below the limit were refused`);
    if (below.other.size + above.other.size > 0) {
      faults.push(`other answers: ${[...new Set([...below.other, ...above.other])].join(", ")}`);
    }
    if (above.refused === 0) faults.push(`none of ${burst} requests at once was refused`);
    else if (above.passed > most) faults.push(`${above.passed} of ${burst} passed, more than ${most}`);
    const silent = answers.filter(
      (one) => one.error === undefined && one.status === status && one.headers["retry-after"] === undefined,
    );
    if (declared.retryAfter && silent.length > 0) faults.push(`${silent.length} refusals have no Retry-After`);
    return {
      ok: faults.length === 0,
      asked,
      answered: `below: ${below.passed} passed, ${below.refused} refused; at once: ${above.passed} passed, ${above.refused} refused in ${Math.round(tookMs)} ms`,
      reason:
        faults.length === 0 ? `${above.refused} of ${burst} were refused, none below the limit` : faults.join("; "),
      figures: { passed: above.passed, refused: above.refused },
    };
  },
};

function tally(
  answers: readonly CallResult[],
  refusal: number,
): { passed: number; refused: number; other: Set<string> } {
  const counts = { passed: 0, refused: 0, other: new Set<string>() };
  for (const answer of answers) {
    if (answer.error !== undefined) counts.other.add(answer.error);
    else if (answer.status === refusal) counts.refused += 1;
    else if (answer.status < 400) counts.passed += 1;
    else counts.other.add(String(answer.status));
  }
  return counts;
}
