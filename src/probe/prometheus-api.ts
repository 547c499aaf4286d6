import * as z from "zod";
import { Problem } from "../model/problem.js";
import { absoluteUrl, call } from "./call.js";
import type { ProbeContext } from "./probe-kind.js";

const labels = z.record(z.string(), z.string());

export const targetsSchema = z.object({
  activeTargets: z.array(
    z.object({ labels, health: z.string(), lastError: z.string().default(""), scrapeUrl: z.string() }),
  ),
});
export const rulesSchema = z.object({
  groups: z.array(
    z.object({
      name: z.string(),
      rules: z.array(z.object({ name: z.string(), health: z.string(), lastError: z.string().default("") })),
    }),
  ),
});
export const alertsSchema = z.object({
  alerts: z.array(z.object({ labels, state: z.string(), activeAt: z.string().optional() })),
});
const sample = z.tuple([z.number(), z.string()]);
export const querySchema = z.union([
  z.object({ resultType: z.literal("vector"), result: z.array(z.object({ metric: labels, value: sample })) }),
  z.object({ resultType: z.literal("scalar"), result: sample }),
]);

/**
 * An answer of a Prometheus server. https://prometheus.io/docs/prometheus/latest/querying/api/
 *
 * @param path such as `/api/v1/targets`
 * @throws {Problem} `probe.prometheus` where the server does not answer, refuses, or answers in another form
 */
export async function askPrometheus<T>(
  server: string,
  path: string,
  schema: z.ZodType<T>,
  context: ProbeContext,
): Promise<T> {
  const url = absoluteUrl(`${server.replace(/\/+$/, "")}${path}`, context);
  const result = await call({ method: "GET", url }, context);
  const refuse = (found: string): Problem =>
    new Problem("probe.prometheus", `The Prometheus server did not answer ${path.replace(/\?.*/s, "")}.`, {
      at: url,
      found,
      hint: "Check the server's URL and that it runs.",
    });
  if (result.error !== undefined) throw refuse(result.error);
  let document: unknown;
  try {
    document = JSON.parse(result.body);
  } catch {
    throw refuse(`${result.status} ${result.body.slice(0, 200)}`);
  }
  const envelope = z.object({ status: z.literal("success"), data: z.unknown() }).safeParse(document);
  if (!envelope.success) throw refuse(`${result.status} ${result.body.slice(0, 200)}`);
  const parsed = schema.safeParse(envelope.data.data);
  if (!parsed.success) throw refuse(parsed.error.issues[0]!.message);
  return parsed.data;
}
