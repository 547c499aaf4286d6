import * as z from "zod";
import { Problem } from "../model/problem.js";
import type { ResourceSample } from "../model/window.js";
import { type Answer, ask, NoAnswer } from "./ask.js";
import { joinEvents, Presence } from "./rates.js";
import type { Source } from "./source.js";

export interface PromqlOptions {
  readonly name: string;
  /** Of the Prometheus server, with the path that it may have before /api. */
  readonly url: string;
  /** PromQL by the name of the figure: rss, heap, cpu, fds, threads, or any other. */
  readonly queries: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

/** Names that mean a figure which every source has; bytes, cores and counts. */
const figures: Readonly<Record<string, "rssBytes" | "heapBytes" | "cpuCores" | "fds" | "threads" | "limitBytes">> = {
  rss: "rssBytes",
  memory: "rssBytes",
  heap: "heapBytes",
  cpu: "cpuCores",
  fds: "fds",
  threads: "threads",
  limit: "limitBytes",
};

const sampleSchema = z.tuple([z.number(), z.string()]);
const answerSchema = z.object({
  status: z.literal("success"),
  data: z.discriminatedUnion("resultType", [
    z.object({ resultType: z.literal("vector"), result: z.array(z.object({ value: sampleSchema })) }),
    z.object({ resultType: z.enum(["scalar", "string"]), result: sampleSchema }),
    z.object({ resultType: z.literal("matrix"), result: z.array(z.unknown()) }),
  ]),
});

/**
 * Asks a Prometheus server for named figures, one instant query each.
 *
 * A server that is down, an expression that it refuses, or one that gives several series, is an event and no failure.
 *
 * @throws {Problem} `monitor.prometheus-url`, `monitor.no-query`
 */
export function watchPromql({ name, url, queries, timeoutMs = 5000 }: PromqlOptions): Source {
  const base = baseOf(url, name);
  const asked = Object.entries(queries);
  if (asked.length === 0) {
    throw new Problem("monitor.no-query", "A Prometheus server needs at least one query.", {
      at: "--query",
      expected: "--query rss='process_resident_memory_bytes{job=\"api\"}'",
    });
  }
  const states = new Map(asked.map(([as]) => [as, new Presence()]));
  const one = async (as: string, query: string): Promise<{ as: string; value?: number; event: string | undefined }> => {
    const state = states.get(as)!;
    try {
      const path = `${base.path}/api/v1/query?query=${encodeURIComponent(query)}`;
      const value = oneValue(await ask({ host: base.origin, path, timeoutMs, mostBytes: 1e6 }));
      return { as, value, event: state.change(undefined) };
    } catch (error) {
      return { as, event: state.change(error instanceof NoAnswer ? error.message : "no answer") };
    }
  };
  return {
    name,
    async sample(atMs): Promise<ResourceSample> {
      const answers = await Promise.all(asked.map(([as, query]) => one(as, query)));
      const found: Record<string, number> = {};
      const metrics: Record<string, number> = {};
      for (const { as, value } of answers) {
        if (value === undefined) continue;
        const figure = figures[as];
        if (figure === undefined) metrics[as] = value;
        else found[figure] = value;
      }
      const events = answers.map(({ as, event }) => (event === undefined ? undefined : `${as} ${event}`));
      return {
        atMs,
        source: name,
        ...found,
        ...(Object.keys(metrics).length === 0 ? {} : { metrics }),
        ...joinEvents(...events),
      };
    },
    close() {},
  };
}

/** @throws {NoAnswer} where the answer is not one finite number */
function oneValue({ status, text }: Answer): number {
  const answer = answerSchema.safeParse(parse(text));
  if (status === 400 || status === 422) throw new NoAnswer("the server refuses the query");
  if (status !== 200) throw new NoAnswer(`the server answered ${status}`);
  if (!answer.success) throw new NoAnswer("an answer of an unknown form");
  const { data } = answer.data;
  if (data.resultType === "matrix") throw new NoAnswer("the query gives a range, not one value");
  if (data.resultType === "vector" && data.result.length !== 1) {
    throw new NoAnswer(
      data.result.length === 0
        ? "the query gives nothing"
        : `the query gives ${data.result.length} series: sum() or a label would make it one`,
    );
  }
  const word = data.resultType === "vector" ? data.result[0]!.value[1] : data.result[1];
  const value = Number(word);
  if (!Number.isFinite(value)) throw new NoAnswer("the value is no finite number");
  return value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function baseOf(text: string, at: string): { origin: string; path: string } {
  try {
    const url = new URL(text);
    if (!/^https?:$/.test(url.protocol)) throw new TypeError(url.protocol);
    const user = url.username === "" ? "" : `${url.username}:${url.password}@`;
    return { origin: `${url.protocol}//${user}${url.host}`, path: url.pathname.replace(/\/+$/, "") };
  } catch (error) {
    throw new Problem("monitor.prometheus-url", "A Prometheus server needs a URL.", {
      at,
      found: text.replace(/\/\/[^@/]*@/, "//"),
      expected: "http://host:9090",
      cause: error,
    });
  }
}
