import { builtInMetrics } from "../model/metric.js";
import type { GroupSummary, MetricSummary } from "../model/run.js";
import type { ForeignTotals } from "./imported.js";

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields => (typeof value === "object" && value !== null ? (value as Fields) : {});

/** k6's `--summary-export` (values inline), or the data of its handleSummary (values apart). */
export function k6Summary(document: Fields): ForeignTotals {
  const metrics: Record<string, MetricSummary> = {};
  for (const [name, raw] of Object.entries(fieldsOf(document.metrics))) {
    const given = fieldsOf(raw);
    const found = numbersOf(given.values ?? given);
    const base = name.split("{")[0]!;
    const known = (builtInMetrics as Readonly<Record<string, Pick<MetricSummary, "type" | "contains"> | undefined>>)[
      base
    ];
    const type = (given.type as MetricSummary["type"] | undefined) ?? known?.type ?? typeBy(found);
    const { value, ...others } = found;
    // The export calls the ratio of a Rate its value.
    const values = type === "rate" && value !== undefined ? { rate: value, ...others } : found;
    const contains = (given.contains as MetricSummary["contains"] | undefined) ?? known?.contains ?? "default";
    metrics[name] = { type, contains, values };
  }
  const durationMs = fieldsOf(document.state).testRunDurationMs;
  return {
    histograms: [],
    metrics,
    rootGroup: document.root_group === undefined ? undefined : groupOf(fieldsOf(document.root_group)),
    startedAtMs: undefined,
    durationMs: typeof durationMs === "number" ? durationMs : durationOf(metrics),
  };
}

/** The export has no duration, but a counter's count over its rate is one. */
function durationOf(metrics: Readonly<Record<string, MetricSummary>>): number | undefined {
  for (const { type, values } of Object.values(metrics)) {
    if (type === "counter" && (values.count ?? 0) > 0 && (values.rate ?? 0) > 0)
      return (values.count! / values.rate!) * 1000;
  }
  return undefined;
}

function typeBy(values: Readonly<Record<string, number>>): MetricSummary["type"] {
  if ("passes" in values) return "rate";
  if ("count" in values && "rate" in values) return "counter";
  return "value" in values ? "gauge" : "trend";
}

function numbersOf(value: unknown): Record<string, number> {
  return Object.fromEntries(
    Object.entries(fieldsOf(value)).filter((entry): entry is [string, number] => typeof entry[1] === "number"),
  );
}

/** Children as lists or by name. */
function groupOf(given: Fields): GroupSummary {
  const text = (value: unknown): string => (typeof value === "string" ? value : "");
  return {
    name: text(given.name),
    path: text(given.path),
    id: text(given.id),
    groups: Object.values(fieldsOf(given.groups)).map((group) => groupOf(fieldsOf(group))),
    checks: Object.values(fieldsOf(given.checks)).map((each) => {
      const check = fieldsOf(each);
      const count = (value: unknown): number => (typeof value === "number" ? value : 0);
      return {
        name: text(check.name),
        path: text(check.path),
        id: text(check.id),
        passes: count(check.passes),
        fails: count(check.fails),
      };
    }),
  };
}

/** autocannon's `--json`: milliseconds. */
export function autocannonResult(document: Fields): ForeignTotals {
  const latency = numbersOf(document.latency);
  const requests = numbersOf(document.requests);
  const { non2xx, errors, timeouts, duration } = numbersOf(document);
  const percentiles = Object.entries(latency).flatMap(([name, value]): [string, number][] => {
    const match = /^p(\d+)(?:_(\d+))?$/.exec(name);
    return match === null ? [] : [[`p(${match[1]}${match[2] === undefined ? "" : `.${match[2]}`})`, value]];
  });
  const named: [string, number | undefined][] = [
    ["avg", latency.mean ?? latency.average],
    ["min", latency.min],
    ["med", latency.p50],
    ["max", latency.max],
  ];
  const values = Object.fromEntries(
    [...named, ...percentiles].filter((e): e is [string, number] => e[1] !== undefined),
  );
  const metrics: Record<string, MetricSummary> = {};
  if (Object.keys(values).length > 0) metrics.http_req_duration = { type: "trend", contains: "time", values };
  // Its `requests.total` counts answers; what got none is in `errors`, timeouts included.
  const answered = requests.total;
  if (answered !== undefined) {
    const all = answered + (errors ?? timeouts ?? 0);
    const failed = (non2xx ?? 0) + (errors ?? timeouts ?? 0);
    metrics.http_reqs = {
      type: "counter",
      contains: "default",
      values: { count: all, ...(duration === undefined || duration === 0 ? {} : { rate: all / duration }) },
    };
    if (all > 0) {
      const rate = { rate: failed / all, passes: failed, fails: all - failed };
      metrics.http_req_failed = { type: "rate", contains: "default", values: rate };
    }
  }
  const bytes = numbersOf(document.throughput).total;
  if (bytes !== undefined) metrics.data_received = { type: "counter", contains: "data", values: { count: bytes } };
  const startedAtMs = Date.parse(String(document.start));
  return {
    histograms: [],
    metrics,
    rootGroup: undefined,
    startedAtMs: Number.isNaN(startedAtMs) ? undefined : startedAtMs,
    durationMs: duration === undefined ? undefined : duration * 1000,
  };
}
