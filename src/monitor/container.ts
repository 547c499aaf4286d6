import * as z from "zod";
import { Problem } from "../model/problem.js";
import type { ResourceSample } from "../model/window.js";
import { type Answer, ask, NoAnswer } from "./ask.js";
import { CounterRate, joinEvents, Presence } from "./rates.js";
import type { Source } from "./source.js";

export interface ContainerOptions {
  readonly name: string;
  /** Name or id. */
  readonly container: string;
  /** As DOCKER_HOST; defaults to the socket of this machine's engine. */
  readonly dockerHost?: string | undefined;
  readonly timeoutMs?: number;
}

const usualHost = "unix:///var/run/docker.sock";
const mostBytes = 4e6;

// Only what is used: engines of other versions add fields, and Podman leaves some out.
const inspectSchema = z.object({
  Id: z.string(),
  State: z.object({ Running: z.boolean(), StartedAt: z.string(), OOMKilled: z.boolean().optional() }),
  HostConfig: z
    .object({ NanoCpus: z.number().nullish(), CpuQuota: z.number().nullish(), CpuPeriod: z.number().nullish() })
    .nullish(),
});
const statsSchema = z.object({
  cpu_stats: z.object({
    cpu_usage: z.object({ total_usage: z.number(), percpu_usage: z.array(z.number()).nullish() }),
    system_cpu_usage: z.number().nullish(),
    online_cpus: z.number().nullish(),
    throttling_data: z.object({ throttled_time: z.number() }).nullish(),
  }),
  memory_stats: z.object({
    usage: z.number().nullish(),
    limit: z.number().nullish(),
    stats: z.record(z.string(), z.number()).nullish(),
  }),
  pids_stats: z.object({ current: z.number().nullish() }).nullish(),
});
type Stats = z.infer<typeof statsSchema>;

/**
 * Watches a container through the Docker Engine API, with the figures of `docker stats`: memory is usage less the inactive
 * file cache, CPU is the container's share of the system's CPU time, times the processors.
 *
 * @throws {Problem} `monitor.docker-host`, `monitor.docker-unreachable`, `monitor.no-such-container`
 */
export async function watchContainer(options: ContainerOptions): Promise<Source> {
  const { name, container, timeoutMs = 5000 } = options;
  const host = hostOf(options.dockerHost ?? usualHost, name);
  const get = (path: string): Promise<Answer> => ask({ host, path, timeoutMs, mostBytes });
  const inspect = async () =>
    inspectSchema.parse(jsonOf(await get(`/containers/${encodeURIComponent(container)}/json`)));
  let startedAt: string;
  try {
    const first = await get(`/containers/${encodeURIComponent(container)}/json`);
    if (first.status === 404) throw noSuchContainer(name, container);
    startedAt = inspectSchema.parse(jsonOf(first)).State.StartedAt;
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem("monitor.docker-unreachable", "The container engine does not answer.", {
      at: name,
      found: `${host}: ${reasonOf(error)}`,
      expected: "the Docker Engine API",
      hint: "Is the engine running, and may you use its socket? DOCKER_HOST names another one.",
      cause: error,
    });
  }

  const busy = new CounterRate();
  const system = new CounterRate();
  const throttled = new CounterRate();
  const presence = new Presence();
  let oomTold = false;
  const away = (atMs: number, reason: string): ResourceSample => {
    for (const counter of [busy, system, throttled]) counter.forget();
    return { atMs, source: name, ...joinEvents(presence.change(reason)) };
  };
  return {
    name,
    async sample(atMs): Promise<ResourceSample> {
      try {
        const { State, HostConfig } = await inspect();
        if (!State.Running)
          return away(atMs, State.OOMKilled === true ? "killed for want of memory" : "the container stopped");
        const restarted = State.StartedAt !== startedAt;
        startedAt = State.StartedAt;
        if (restarted) for (const counter of [busy, system, throttled]) counter.forget();
        const id = encodeURIComponent(container);
        const stats = statsSchema.parse(jsonOf(await get(`/containers/${id}/stats?stream=false&one-shot=true`)));
        const back = presence.change(undefined);
        const oom = State.OOMKilled === true && !oomTold;
        oomTold = State.OOMKilled === true;
        return {
          atMs,
          source: name,
          ...memoryOf(stats),
          ...cpuOf(stats, atMs),
          ...quotaOf(HostConfig),
          ...(stats.pids_stats?.current == null ? {} : { threads: stats.pids_stats.current }),
          ...joinEvents(restarted ? "restarted" : back, oom ? "killed for want of memory" : undefined),
        };
      } catch (error) {
        return away(atMs, reasonOf(error));
      }
    },
    close() {},
  };

  function cpuOf({ cpu_stats: cpu }: Stats, atMs: number): Pick<ResourceSample, "cpuCores" | "throttledRatio"> {
    const used = busy.add(cpu.cpu_usage.total_usage, atMs);
    const whole = cpu.system_cpu_usage == null ? undefined : system.add(cpu.system_cpu_usage, atMs);
    const held = cpu.throttling_data == null ? undefined : throttled.add(cpu.throttling_data.throttled_time, atMs);
    const processors = cpu.online_cpus ?? cpu.cpu_usage.percpu_usage?.length;
    const cores =
      used === undefined
        ? undefined
        : whole !== undefined && whole.grown > 0 && processors !== undefined
          ? (used.grown / whole.grown) * processors
          : used.perMs / 1e6;
    return {
      ...(cores === undefined ? {} : { cpuCores: cores }),
      ...(held === undefined ? {} : { throttledRatio: Math.min(1, held.perMs / 1e6) }),
    };
  }
}

/** As the engine's own command line counts: the cache is version 1's `total_inactive_file` or version 2's `inactive_file`. */
function memoryOf({
  memory_stats: { usage, limit, stats },
}: Stats): Pick<ResourceSample, "rssBytes" | "limitBytes" | "metrics"> {
  if (usage == null) return {};
  const cache = stats?.total_inactive_file ?? stats?.inactive_file ?? 0;
  return {
    rssBytes: cache < usage ? usage - cache : usage,
    ...(limit == null || limit === 0 ? {} : { limitBytes: limit }),
    metrics: { usageBytes: usage },
  };
}

/** `--cpus` arrives as NanoCpus; `--cpu-quota` as microseconds of a period, which is 100 ms unless set. */
function quotaOf(host: z.infer<typeof inspectSchema>["HostConfig"]): Pick<ResourceSample, "limitCores"> {
  const { NanoCpus, CpuQuota, CpuPeriod } = host ?? {};
  if (NanoCpus) return { limitCores: NanoCpus / 1e9 };
  return CpuQuota && CpuQuota > 0 ? { limitCores: CpuQuota / (CpuPeriod || 100_000) } : {};
}

function hostOf(given: string, at: string): string {
  if (given.startsWith("unix://")) return `unix:${given.slice("unix://".length)}`;
  if (given.startsWith("tcp://")) return given.replace(/^tcp:/, "http:");
  if (/^https?:\/\//.test(given)) return given;
  throw new Problem("monitor.docker-host", "This address of a container engine is not supported.", {
    at,
    found: given.replace(/\/\/[^@/]*@/, "//"),
    expected: "unix:///path, tcp://host:port or http://host:port",
    hint: "Forward a remote engine's socket, such as ssh -L /tmp/docker.sock:/var/run/docker.sock HOST.",
  });
}

function jsonOf({ status, text }: Answer): unknown {
  if (status === 404) throw new NoAnswer("the container was removed");
  if (status !== 200) throw new NoAnswer(`the engine answered ${status}`);
  try {
    return JSON.parse(text);
  } catch {
    throw new NoAnswer("the engine answered no JSON");
  }
}

function noSuchContainer(at: string, container: string): Problem {
  return new Problem("monitor.no-such-container", `There is no container ${container}.`, {
    at,
    found: container,
    expected: "name or id of a container",
    hint: "docker ps lists those that run.",
  });
}

function reasonOf(error: unknown): string {
  if (error instanceof NoAnswer) return error.message;
  return error instanceof z.ZodError ? "an answer of an unknown form" : "no answer";
}
