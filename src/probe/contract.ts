import { readFile } from "node:fs/promises";
import { relative, resolve } from "node:path";
import { parse } from "yaml";
import * as z from "zod";
import { Problem } from "../model/problem.js";
import { absoluteUrl, call } from "./call.js";
import { parseExposition } from "./exposition.js";
import { commonFields, retryFields } from "./fields.js";
import type { ProbeKind } from "./probe-kind.js";
import { metricNames } from "./promql-names.js";

const schema = z.strictObject({
  kind: z.literal("contract"),
  ...commonFields,
  ...retryFields,
  /** Pages that together export the metrics. */
  urls: z.array(z.string()).min(1).default(["/metrics"]),
  /** Grafana dashboards, JSON. */
  dashboards: z.array(z.string()).default([]),
  /** Prometheus rule files, YAML. */
  rules: z.array(z.string()).default([]),
  /** Metrics of other exporters, by name or by prefix with `*` at its end. */
  ignore: z.array(z.string()).default([]),
});

/** An expression, and where it stands. */
interface Use {
  readonly expression: string;
  readonly place: string;
}

/** Every metric that dashboards and rules ask for is exported by the target, or recorded by a rule. */
export const contractKind: ProbeKind<typeof schema> = {
  schema,
  timeoutMs: 30_000,
  async ask(declared, context) {
    const asked = `${[...declared.dashboards, ...declared.rules].join(", ")} against ${declared.urls.join(", ")}`;
    const known = new Set<string>();
    for (const url of declared.urls) {
      const result = await call({ method: "GET", url: absoluteUrl(url, context) }, context);
      if (result.error !== undefined || result.status !== 200) {
        const why = result.error ?? `the status is ${result.status}, not 200`;
        return { ok: false, asked, answered: "", reason: `${url}: ${why}` };
      }
      for (const name of parseExposition(result.body).names) known.add(name);
    }
    const uses: Use[] = [];
    for (const file of declared.dashboards) {
      const { path, document } = await readDocument(context.folder, file, JSON.parse, "a Grafana dashboard");
      uses.push(...dashboardUses(document, relative(context.folder, path)));
    }
    for (const file of declared.rules) {
      const { path, document } = await readDocument(context.folder, file, parse, "a Prometheus rule file");
      const rules = ruleUses(document, relative(context.folder, path));
      uses.push(...rules.uses);
      for (const name of rules.recorded) known.add(name);
    }
    if (uses.length === 0) {
      throw new Problem("probe.contract-empty", "The dashboards and rules hold no expression.", {
        found: asked,
        hint: "Name the dashboards' JSON files or the rules' YAML files.",
      });
    }
    const missing = new Map<string, string[]>();
    const names = new Set<string>();
    const unknown = new Set<string>();
    for (const { expression, place } of uses) {
      const metrics = metricNames(expression);
      for (const name of metrics.unknown) unknown.add(name);
      for (const name of metrics.names) {
        names.add(name);
        if (!known.has(name) && !isIgnored(name, declared.ignore)) {
          missing.set(name, [...(missing.get(name) ?? []), place]);
        }
      }
    }
    const left =
      unknown.size === 0 ? "" : `; not checked, for a variable stands in the name: ${[...unknown].join(", ")}`;
    const faults = [...missing].map(([name, places]) => `${name} is not exported (${[...new Set(places)].join(", ")})`);
    return {
      ok: faults.length === 0,
      asked,
      answered: `${uses.length} expressions ask for ${names.size} metrics: ${[...names].sort().join(", ")}`,
      reason: (faults.length === 0 ? `all ${names.size} metrics are exported or recorded` : faults.join("; ")) + left,
      figures: { expressions: uses.length, metrics: names.size, missing: missing.size },
    };
  },
};

async function readDocument(
  folder: string,
  file: string,
  read: (text: string) => unknown,
  what: string,
): Promise<{ readonly path: string; readonly document: unknown }> {
  const path = resolve(folder, file);
  try {
    return { path, document: read(await readFile(path, "utf8")) };
  } catch (cause) {
    throw new Problem("probe.contract-unreadable", `${file} cannot be read as ${what}.`, {
      at: path,
      found: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  }
}

/** Panels at any depth (rows, libraries) have targets with `expr`; variables have a `query`. */
function dashboardUses(document: unknown, file: string): Use[] {
  const uses: Use[] = [];
  const walk = (value: unknown, place: string): void => {
    if (Array.isArray(value)) {
      for (const inner of value) walk(inner, place);
      return;
    }
    if (typeof value !== "object" || value === null) return;
    const record = value as Record<string, unknown>;
    const title = typeof record.title === "string" && record.title !== "" ? `${file}: ${record.title}` : place;
    if (typeof record.expr === "string" && record.expr.trim() !== "")
      uses.push({ expression: record.expr, place: title });
    for (const [key, inner] of Object.entries(record)) if (key !== "templating") walk(inner, title);
  };
  walk(document, file);
  for (const variable of listIn(listless(document, "templating"), "list")) {
    if (listless(variable, "type") !== "query") continue;
    const query = listless(variable, "query");
    const text = typeof query === "string" ? query : listless(query, "query");
    if (typeof text === "string")
      uses.push({ expression: text, place: `${file}: variable ${String(listless(variable, "name"))}` });
  }
  return uses;
}

function ruleUses(document: unknown, file: string): { readonly uses: Use[]; readonly recorded: string[] } {
  const uses: Use[] = [];
  const recorded: string[] = ["ALERTS", "ALERTS_FOR_STATE", "up"];
  for (const group of listIn(document, "groups")) {
    for (const rule of listIn(group, "rules")) {
      const name = listless(rule, "alert") ?? listless(rule, "record");
      const expression = listless(rule, "expr");
      const record = listless(rule, "record");
      if (typeof record === "string") recorded.push(record);
      if (expression !== undefined) uses.push({ expression: String(expression), place: `${file}: ${String(name)}` });
    }
  }
  return { uses, recorded };
}

function listless(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

function listIn(value: unknown, key: string): readonly unknown[] {
  const list = listless(value, key);
  return Array.isArray(list) ? list : [];
}

function isIgnored(name: string, ignore: readonly string[]): boolean {
  return ignore.some((entry) => (entry.endsWith("*") ? name.startsWith(entry.slice(0, -1)) : name === entry));
}
