import { setTimeout as wait } from "node:timers/promises";
import * as z from "zod";
import { absoluteUrl, call } from "./call.js";
import { type Condition, conditionSchema, describe, unmet } from "./condition.js";
import { type Exposition, parseExposition } from "./exposition.js";
import { commonFields, durationSchema, retryFields, stepSchema } from "./fields.js";
import type { ProbeContext, ProbeKind } from "./probe-kind.js";
import { takeStep } from "./steps.js";

const claimSchema = z
  .strictObject({
    metric: z.string(),
    /** Only series with these labels. */
    labels: z.record(z.string(), z.string()).default({}),
    /** A label that every series must carry. */
    hasLabel: z.string().optional(),
    /** The sum over the series, at the end. */
    value: conditionSchema.optional(),
    /** By how much the sum grows: under load, or after the `cause`. */
    increase: conditionSchema.optional(),
    /** The metric's sum over that of these metrics; of their increases where there were two readings. */
    over: z.array(z.string()).min(1).optional(),
    ratio: conditionSchema.optional(),
  })
  .refine((claim) => (claim.ratio === undefined) === (claim.over === undefined), "ratio and over together");
type Claim = z.output<typeof claimSchema>;

const schema = z.strictObject({
  kind: z.literal("metrics"),
  ...commonFields,
  ...retryFields,
  url: z.string().default("/metrics"),
  headers: z.record(z.string(), z.string()).default({}),
  /** A metric without a condition must be present. */
  expect: z.array(claimSchema).min(1),
  /** Requests that move the metrics where no load does. */
  cause: z.strictObject({ step: stepSchema, times: z.number().int().min(1).max(10_000).default(1) }).optional(),
  /** Between the two readings where there is neither load nor cause. */
  pause: durationSchema.default(5000),
});

/** Metrics of the target's own page: presence, labels, values, increases and ratios. */
export const metricsKind: ProbeKind<typeof schema> = {
  schema,
  timeoutMs: 30_000,
  async ask(declared, context) {
    const url = absoluteUrl(declared.url, context);
    const asked = `GET ${url}, expecting ${declared.expect.map(describeClaim).join("; ")}`;
    const read = async (): Promise<Exposition | string> => {
      const result = await call({ method: "GET", url, headers: declared.headers }, context);
      if (result.error !== undefined) return `no answer: ${result.error}`;
      return result.status === 200 ? parseExposition(result.body) : `the status is ${result.status}, not 200`;
    };
    const compares = declared.expect.some((claim) => claim.increase !== undefined) || declared.cause !== undefined;
    let before: Exposition | undefined;
    if (compares || context.load !== undefined) {
      const first = await read();
      if (typeof first === "string") return { ok: false, asked, answered: "", reason: first };
      before = first;
      const refused = await passTime(declared, context);
      if (refused !== undefined) return { ok: false, asked, answered: "", reason: refused };
    }
    const after = await read();
    if (typeof after === "string") return { ok: false, asked, answered: "", reason: after };
    const judged = declared.expect.map((claim) => judge(claim, before, after));
    const faults = judged.flatMap(({ fault }) => fault ?? []);
    return {
      ok: faults.length === 0,
      asked,
      answered: judged.map(({ found }) => found).join("; "),
      reason: faults.length > 0 ? faults.join("; ") : "every metric is as expected",
    };
  },
};

/** Lets the load do its part, or causes something, or waits. */
async function passTime(
  { cause, pause, expect }: z.output<typeof schema>,
  context: ProbeContext,
): Promise<string | undefined> {
  if (context.load !== undefined) {
    await Promise.race([
      context.load.ended,
      new Promise<void>((done) => context.signal.addEventListener("abort", () => done(), { once: true })),
    ]);
    return undefined;
  }
  for (let i = 0; i < (cause?.times ?? 0); i += 1) {
    const { faults } = await takeStep(cause!.step, context);
    if (faults.length > 0) return `the cause failed: ${faults.join("; ")}`;
  }
  if (cause === undefined && expect.some((claim) => claim.increase !== undefined)) {
    await wait(pause, undefined, { signal: context.signal });
  }
  return undefined;
}

function judge(
  claim: Claim,
  before: Exposition | undefined,
  after: Exposition,
): { readonly found: string; readonly fault?: string } {
  const { metric, labels } = claim;
  const name = nameOf(claim);
  const series = after.samples.filter((sample) => sample.name === metric && fits(sample.labels, labels));
  if (series.length === 0 && claim.ratio === undefined) {
    const announced = Object.keys(labels).length === 0 && after.names.has(metric);
    const said = announced ? "is announced and has no series" : "is missing";
    return { found: `${name} ${said}`, fault: `${name} ${said}` };
  }
  const total = sumOf(after, metric, labels);
  const found: string[] = [`${name} = ${total}`];
  const faults: string[] = [];
  const hold = (what: string, value: number | undefined, condition: Condition): void => {
    const why = unmet(value, condition);
    if (why !== undefined) faults.push(`${what} ${why}`);
  };
  if (claim.hasLabel !== undefined) {
    const without = series.filter((sample) => !Object.hasOwn(sample.labels, claim.hasLabel!)).length;
    if (without > 0) faults.push(`${without} of ${series.length} series of ${name} have no label ${claim.hasLabel}`);
  }
  if (claim.value !== undefined) hold(name, total, claim.value);
  const grown = (other: string, of: Readonly<Record<string, string>>): number =>
    increase(before === undefined ? 0 : sumOf(before, other, of), sumOf(after, other, of));
  if (claim.increase !== undefined) {
    const by = grown(metric, labels);
    found.push(`increase ${by}`);
    hold(`the increase of ${name}`, by, claim.increase);
  }
  if (claim.ratio !== undefined) {
    const whole = (claim.over ?? []).reduce((sum, other) => sum + grown(other, labels), 0);
    const part = grown(metric, labels);
    found.push(`${part} of ${whole}`);
    if (whole === 0) faults.push(`${(claim.over ?? []).join(" + ")} did not move, so there is no ratio`);
    else hold(`the ratio ${part}/${whole} of ${name}`, part / whole, claim.ratio);
  }
  return faults.length === 0 ? { found: found.join(", ") } : { found: found.join(", "), fault: faults.join("; ") };
}

/** A counter that went down was reset: everything since then is new. */
function increase(before: number, after: number): number {
  return after >= before ? after - before : after;
}

function sumOf(page: Exposition, metric: string, labels: Readonly<Record<string, string>>): number {
  return page.samples
    .filter((sample) => sample.name === metric && fits(sample.labels, labels))
    .reduce((sum, sample) => sum + sample.value, 0);
}

function fits(labels: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([name, value]) => labels[name] === value);
}

function nameOf({ metric, labels }: Claim): string {
  const inside = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
  return inside.length === 0 ? metric : `${metric}{${inside.join(",")}}`;
}

function describeClaim(claim: Claim): string {
  const parts = [
    ...(claim.hasLabel === undefined ? [] : [`has the label ${claim.hasLabel}`]),
    ...(claim.value === undefined ? [] : [describe(claim.value)]),
    ...(claim.increase === undefined ? [] : [`increase ${describe(claim.increase)}`]),
    ...(claim.ratio === undefined ? [] : [`over ${(claim.over ?? []).join(" + ")} ${describe(claim.ratio)}`]),
  ];
  return `${nameOf(claim)} ${parts.length === 0 ? "is present" : parts.join(", ")}`;
}
