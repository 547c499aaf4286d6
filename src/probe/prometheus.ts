import * as z from "zod";
import { conditionSchema, describe, unmet } from "./condition.js";
import { commonFields, retryFields } from "./fields.js";
import type { ProbeContext, ProbeKind } from "./probe-kind.js";
import { alertsSchema, askPrometheus, querySchema, rulesSchema, targetsSchema } from "./prometheus-api.js";

const schema = z
  .strictObject({
    kind: z.literal("prometheus"),
    ...commonFields,
    ...retryFields,
    /** URL of the Prometheus server. */
    server: z.string(),
    /** All targets are up: those of a job, or all; at least so many. */
    targets: z.strictObject({ job: z.string().optional(), atLeast: z.number().int().min(0).default(1) }).optional(),
    /** These rules are loaded, and none that is loaded has an error. */
    rules: z
      .strictObject({ names: z.array(z.string()).default([]), groups: z.array(z.string()).default([]) })
      .optional(),
    /** Alerts that must fire, and alerts that must not; `*` stands for any. */
    alerts: z
      .strictObject({ firing: z.array(z.string()).default([]), silent: z.array(z.string()).default([]) })
      .optional(),
    /** A PromQL expression; every series of its answer must meet the condition. */
    query: z.string().optional(),
    value: conditionSchema.optional(),
  })
  .refine(
    (probe) => (probe.targets ?? probe.rules ?? probe.alerts ?? probe.query) !== undefined,
    "targets, rules, alerts or query",
  )
  .refine((probe) => probe.value === undefined || probe.query !== undefined, "a query with the value");
type Declared = z.output<typeof schema>;

/** What one question came to. */
interface Part {
  readonly asked: string;
  readonly answered: string;
  readonly faults: readonly string[];
}

/** The Prometheus server's own view: targets up, rules loaded, alerts, the value of an expression. */
export const prometheusKind: ProbeKind<typeof schema> = {
  schema,
  timeoutMs: 30_000,
  async ask(declared, context) {
    const parts: Part[] = [];
    if (declared.targets !== undefined) parts.push(await askTargets(declared.server, declared.targets, context));
    if (declared.rules !== undefined) parts.push(await askRules(declared.server, declared.rules, context));
    if (declared.alerts !== undefined) parts.push(await askAlerts(declared.server, declared.alerts, context));
    if (declared.query !== undefined) parts.push(await askQuery(declared, declared.query, context));
    const faults = parts.flatMap((part) => part.faults);
    return {
      ok: faults.length === 0,
      asked: `${declared.server}: ${parts.map((part) => part.asked).join("; ")}`,
      answered: parts.map((part) => part.answered).join("; "),
      reason: faults.length === 0 ? "as expected" : faults.join("; "),
    };
  },
};

async function askTargets(
  server: string,
  { job, atLeast }: NonNullable<Declared["targets"]>,
  context: ProbeContext,
): Promise<Part> {
  const { activeTargets } = await askPrometheus(server, "/api/v1/targets?state=active", targetsSchema, context);
  const targets = activeTargets.filter((target) => job === undefined || target.labels.job === job);
  const down = targets.filter((target) => target.health !== "up");
  const which = job === undefined ? "all targets" : `the targets of ${job}`;
  return {
    asked: `${which} are up, at least ${atLeast}`,
    answered: `${targets.length - down.length} of ${targets.length} up`,
    faults: [
      ...(targets.length < atLeast ? [`there are ${targets.length} targets, not at least ${atLeast}`] : []),
      ...down.map(
        (target) => `${target.scrapeUrl} is ${target.health}${target.lastError === "" ? "" : `: ${target.lastError}`}`,
      ),
    ],
  };
}

async function askRules(
  server: string,
  { names, groups }: NonNullable<Declared["rules"]>,
  context: ProbeContext,
): Promise<Part> {
  const loaded = await askPrometheus(server, "/api/v1/rules", rulesSchema, context);
  const rules = loaded.groups.flatMap((group) => group.rules);
  const lacks = (wanted: readonly string[], there: readonly string[], what: string): string[] =>
    wanted.filter((name) => !there.includes(name)).map((name) => `the ${what} ${name} is not loaded`);
  return {
    asked: `rules loaded${names.length > 0 ? `: ${names.join(", ")}` : ""}${groups.length > 0 ? `, groups ${groups.join(", ")}` : ""}`,
    answered: `${rules.length} rules in ${loaded.groups.length} groups`,
    faults: [
      ...(rules.length === 0 ? ["no rule is loaded"] : []),
      ...lacks(
        names,
        rules.map((rule) => rule.name),
        "rule",
      ),
      ...lacks(
        groups,
        loaded.groups.map((group) => group.name),
        "group",
      ),
      ...rules.filter((rule) => rule.health === "err").map((rule) => `the rule ${rule.name} fails: ${rule.lastError}`),
    ],
  };
}

async function askAlerts(
  server: string,
  { firing, silent }: NonNullable<Declared["alerts"]>,
  context: ProbeContext,
): Promise<Part> {
  const { alerts } = await askPrometheus(server, "/api/v1/alerts", alertsSchema, context);
  const now = [
    ...new Set(alerts.filter((alert) => alert.state === "firing").map((alert) => alert.labels.alertname ?? "")),
  ];
  const loud = silent.includes("*") ? now : silent.filter((name) => now.includes(name));
  const asked = [
    ...(firing.length > 0 ? [`firing: ${firing.join(", ")}`] : []),
    ...(silent.length > 0 ? [`silent: ${silent.join(", ")}`] : []),
  ];
  return {
    asked: asked.join(", "),
    answered: now.length === 0 ? "no alert fires" : `firing: ${now.join(", ")}`,
    faults: [
      ...firing.filter((name) => !now.includes(name)).map((name) => `the alert ${name} does not fire`),
      ...loud.filter((name) => !firing.includes(name)).map((name) => `the alert ${name} fires`),
    ],
  };
}

async function askQuery({ server, value }: Declared, query: string, context: ProbeContext): Promise<Part> {
  const path = `/api/v1/query?query=${encodeURIComponent(query)}`;
  const answer = await askPrometheus(server, path, querySchema, context);
  const series =
    answer.resultType === "scalar"
      ? [{ name: query, value: Number(answer.result[1]) }]
      : answer.result.map(({ metric, value: [, text] }) => ({ name: JSON.stringify(metric), value: Number(text) }));
  const faults = series.flatMap((one) => {
    const why = value === undefined ? undefined : unmet(one.value, value);
    return why === undefined ? [] : [`${one.name} ${why}`];
  });
  return {
    asked: `${query}${value === undefined ? " has an answer" : ` ${describe(value)}`}`,
    answered: series.length === 0 ? "no series" : series.map((one) => `${one.name} = ${one.value}`).join(", "),
    faults: series.length === 0 ? ["the query has no answer"] : faults,
  };
}
