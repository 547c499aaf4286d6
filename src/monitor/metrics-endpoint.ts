import { Problem } from "../model/problem.js";
import type { ResourceSample } from "../model/window.js";
import { type Answer, ask, NoAnswer } from "./ask.js";
import { type Exposed, parseExposition, parseSelector, type Selector, select } from "./exposition.js";
import { CounterRate, joinEvents, Presence } from "./rates.js";
import type { Source } from "./source.js";

export interface MetricsOptions {
  readonly name: string;
  readonly url: string;
  /** By the name that they shall have: `name` or `name{label="value"}` as the page has it. */
  readonly metrics?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  readonly mostBytes?: number;
}

/** The first of these that a page has: names of the client libraries for Node, Go, the JVM (two of them) and Python. */
const known = {
  rssBytes: ["process_resident_memory_bytes"],
  heapBytes: [
    "nodejs_heap_size_used_bytes",
    "go_memstats_heap_alloc_bytes",
    'jvm_memory_used_bytes{area="heap"}',
    'jvm_memory_bytes_used{area="heap"}',
    "python_tracemalloc_traced_memory_bytes",
  ],
  fds: ["process_open_fds", "process_files_open_files"],
  threads: ["go_threads", "jvm_threads_current", "jvm_threads_live_threads", "process_threads"],
  limitBytes: ["process_virtual_memory_limit_bytes"],
} as const;
const cpuSeconds = ["process_cpu_seconds_total"];
const gcSeconds = [
  "nodejs_gc_duration_seconds_sum",
  "go_gc_duration_seconds_sum",
  "jvm_gc_pause_seconds_sum",
  "jvm_gc_collection_seconds_sum",
];
const startSeconds = "process_start_time_seconds";

/**
 * Watches a target through its Prometheus metrics page.
 *
 * A page that does not answer, or is none, is an event and no failure: the load goes on.
 *
 * @throws {Problem} `monitor.metrics-url` for no URL, `monitor.metric-name` for what cannot be a metric's name
 */
export function watchMetrics({ name, url, metrics = {}, timeoutMs = 5000, mostBytes = 8e6 }: MetricsOptions): Source {
  const page = pageOf(url, name);
  const wanted = Object.entries(metrics).map(([as, text]) => [as, selectorOf(text, name)] as const);
  const cpu = new CounterRate();
  const gc = new CounterRate();
  const presence = new Presence();
  const missing = new Set<string>();
  let startedAt: number | undefined;

  return {
    name,
    async sample(atMs): Promise<ResourceSample> {
      let exposed: readonly Exposed[];
      try {
        exposed = metricsOf(await ask({ host: page.origin, path: page.path, timeoutMs, mostBytes }));
      } catch (error) {
        cpu.forget();
        gc.forget();
        return {
          atMs,
          source: name,
          ...joinEvents(presence.change(error instanceof NoAnswer ? error.message : "no answer")),
        };
      }
      const back = presence.change(undefined);
      const start = select(exposed, { name: startSeconds, labels: {} });
      const used = rateOf(cpu, exposed, cpuSeconds, atMs);
      const collected = rateOf(gc, exposed, gcSeconds, atMs);
      const restarted =
        (start !== undefined && startedAt !== undefined && Math.abs(start - startedAt) > 1) ||
        used?.reset === true ||
        collected?.reset === true;
      startedAt = start ?? startedAt;
      const named: Record<string, number> = {};
      const absent: string[] = [];
      for (const [as, selector] of wanted) {
        const value = select(exposed, selector);
        if (value !== undefined) named[as] = value;
        else if (!missing.has(as)) {
          missing.add(as);
          absent.push(as);
        }
      }
      return {
        atMs,
        source: name,
        ...figuresOf(exposed),
        ...(used === undefined || restarted ? {} : { cpuCores: used.perMs * 1000 }),
        ...(collected === undefined || restarted ? {} : { gcMs: collected.grown * 1000 }),
        ...(Object.keys(named).length === 0 ? {} : { metrics: named }),
        ...joinEvents(
          restarted ? "restarted" : back,
          absent.length === 0 ? undefined : `the page has no ${absent.join(", ")}`,
        ),
      };
    },
    close() {},
  };
}

function figuresOf(exposed: readonly Exposed[]): Partial<ResourceSample> {
  const found = Object.entries(known).flatMap(([figure, names]) => {
    const value = firstOf(exposed, names);
    return value === undefined || value < 0 ? [] : [[figure, value] as const];
  });
  return Object.fromEntries(found);
}

function firstOf(exposed: readonly Exposed[], names: readonly string[]): number | undefined {
  for (const text of names) {
    const value = select(exposed, parseSelector(text)!);
    if (value !== undefined) return value;
  }
  return undefined;
}

function rateOf(counter: CounterRate, exposed: readonly Exposed[], names: readonly string[], atMs: number) {
  const value = firstOf(exposed, names);
  return value === undefined ? undefined : counter.add(value, atMs);
}

function metricsOf({ status, type, text }: Answer): Exposed[] {
  if (status !== 200) throw new NoAnswer(`the page answered ${status}`);
  const exposed = type.includes("html") ? undefined : parseExposition(text);
  if (exposed !== undefined) return exposed;
  throw new NoAnswer(
    /^\s*</.test(text) || type.includes("html") ? "the page is HTML, not metrics" : "the page has no metrics",
  );
}

function pageOf(text: string, at: string): { origin: string; path: string } {
  try {
    const url = new URL(text);
    if (!/^https?:$/.test(url.protocol)) throw new TypeError(url.protocol);
    const path = `${url.pathname}${url.search}`;
    const user = url.username === "" ? "" : `${url.username}:${url.password}@`;
    return { origin: `${url.protocol}//${user}${url.host}`, path };
  } catch (error) {
    throw new Problem("monitor.metrics-url", "A metrics page needs a URL.", {
      at,
      found: text.replace(/\/\/[^@/]*@/, "//"),
      expected: "http://host:port/metrics",
      cause: error,
    });
  }
}

function selectorOf(text: string, at: string): Selector {
  const selector = parseSelector(text);
  if (selector !== undefined) return selector;
  throw new Problem("monitor.metric-name", "This cannot be the name of a metric.", {
    at,
    found: text,
    expected: 'name or name{label="value"}, as the metrics page has it',
  });
}
