import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { watchCgroup } from "../../src/monitor/cgroup.js";
import { watchContainer } from "../../src/monitor/container.js";
import { parseExposition, parseSelector, select } from "../../src/monitor/exposition.js";
import { FloorLog } from "../../src/monitor/floors.js";
import { watchMetrics } from "../../src/monitor/metrics-endpoint.js";
import { watchPromql } from "../../src/monitor/promql.js";
import { serve } from "./servers.js";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});
const folder = (): string => {
  const path = mkdtempSync(join(tmpdir(), "loadline-sources-"));
  closing.push(() => rmSync(path, { recursive: true, force: true }));
  return path;
};
const serving = async (...given: Parameters<typeof serve>) => {
  const server = await serve(...given);
  closing.push(() => server.close());
  return server;
};
const write = (path: string, files: Record<string, string>): void => {
  mkdirSync(path, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
};

describe("control groups", () => {
  const version2 = (used: number, throttled: number, kills: number) => ({
    "memory.current": "90000000\n",
    "memory.stat": "anon 60000000\nfile 25000000\ninactive_file 20000000\n",
    "memory.max": "200000000\n",
    "memory.events": `low 0\noom 0\noom_kill ${kills}\n`,
    "cpu.stat": `usage_usec ${used}\nthrottled_usec ${throttled}\n`,
    "pids.current": "12\n",
    "cgroup.procs": "1\n2\n",
  });

  test("version 2: working set, limit, CPU, throttling and OOM kills", async () => {
    const mount = folder();
    let nowMs = 0;
    write(join(mount, "app"), version2(1_000_000, 0, 0));
    const source = watchCgroup({ name: "app", path: "/app", mount, now: () => nowMs });
    expect(await source.sample(0)).toEqual({
      atMs: 0,
      source: "app",
      rssBytes: 70e6,
      threads: 12,
      processes: 2,
      limitBytes: 200e6,
      metrics: { usageBytes: 90e6, anonBytes: 60e6 },
    });
    write(join(mount, "app"), version2(1_500_000, 250_000, 1));
    nowMs = 1000;
    expect(await source.sample(1000)).toMatchObject({
      cpuCores: 0.5,
      throttledRatio: 0.25,
      event: "1 killed for want of memory",
    });
  });

  test("version 1: the same figures from the older files, each controller in its tree", async () => {
    const mount = folder();
    let nowMs = 0;
    const at = (tree: string) => join(mount, tree, "app");
    write(at("memory"), {
      "memory.usage_in_bytes": "90000000",
      "memory.stat": "total_inactive_file 20000000\ntotal_rss 60000000\n",
      "memory.limit_in_bytes": "9223372036854771712",
      "memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 0\n",
      tasks: "1\n2\n3\n",
      "cgroup.procs": "1\n",
    });
    write(at("cpu,cpuacct"), { "cpuacct.usage": "1000000000", "cpu.stat": "throttled_time 0\n" });
    const source = watchCgroup({ name: "app", path: "/app", mount, now: () => nowMs });
    const first = await source.sample(0);
    expect(first).toMatchObject({ rssBytes: 70e6, threads: 3, processes: 1 });
    expect(first.limitBytes).toBeUndefined();
    write(at("cpu,cpuacct"), { "cpuacct.usage": "3000000000", "cpu.stat": "throttled_time 500000000\n" });
    nowMs = 1000;
    expect(await source.sample(1000)).toMatchObject({ cpuCores: 2, throttledRatio: 0.5 });
  });

  test("a group that is removed and made again is told once each, and counts no CPU across the gap", async () => {
    const mount = folder();
    write(join(mount, "app"), version2(5_000_000, 0, 0));
    const source = watchCgroup({ name: "app", path: "app", mount });
    await source.sample(0);
    cpSync(join(mount, "app"), join(mount, "kept"), { recursive: true });
    rmSync(join(mount, "app"), { recursive: true });
    expect((await source.sample(1)).event).toBe("unavailable: the control group was removed");
    expect((await source.sample(2)).event).toBeUndefined();
    cpSync(join(mount, "kept"), join(mount, "app"), { recursive: true });
    const back = await source.sample(3);
    expect(back.event).toBe("restarted");
    expect(back.cpuCores).toBeUndefined();
  });

  test("a group that is not there is a mistake", () => {
    expect(() => watchCgroup({ name: "x", path: "/nowhere", mount: folder() })).toThrow(/no control group/);
  });
});

describe("containers", () => {
  const engine = async (state: { running: boolean; started: string; cpu: number; system: number; fail?: string }) => {
    const socket = join(folder(), "docker.sock");
    return serving((request, response) => {
      const json = (status: number, body: unknown) => {
        response.writeHead(status, { "content-type": "application/json" });
        response.end(typeof body === "string" ? body : JSON.stringify(body));
      };
      if (state.fail !== undefined) return json(500, state.fail);
      if (request.url === "/containers/api/json") {
        return json(200, { Id: "abc", State: { Running: state.running, StartedAt: state.started, OOMKilled: false } });
      }
      if (request.url?.startsWith("/containers/api/stats?stream=false") === true) {
        return json(200, {
          cpu_stats: {
            cpu_usage: { total_usage: state.cpu },
            system_cpu_usage: state.system,
            online_cpus: 4,
            throttling_data: { throttled_time: 0 },
          },
          memory_stats: { usage: 150e6, limit: 512e6, stats: { inactive_file: 50e6 } },
          pids_stats: { current: 9 },
        });
      }
      json(404, { message: "No such container" });
    }, socket);
  };

  test("memory and CPU are those of docker stats", async () => {
    const state = { running: true, started: "a", cpu: 1e9, system: 100e9 };
    const { url } = await engine(state);
    const source = await watchContainer({ name: "api", container: "api", dockerHost: url });
    expect(await source.sample(0)).toMatchObject({ rssBytes: 100e6, limitBytes: 512e6, threads: 9 });
    state.cpu = 1.5e9;
    state.system = 104e9;
    // Half a second of four seconds over four processors: half a core, "50 %".
    expect((await source.sample(1000)).cpuCores).toBeCloseTo(0.5);
  });

  test("a restart, a stop and an engine in trouble are events", async () => {
    const state: Parameters<typeof engine>[0] = { running: true, started: "a", cpu: 9e9, system: 100e9 };
    const { url } = await engine(state);
    const source = await watchContainer({ name: "api", container: "api", dockerHost: url });
    await source.sample(0);
    Object.assign(state, { started: "b", cpu: 1e6 });
    const restarted = await source.sample(1000);
    expect(restarted.event).toBe("restarted");
    expect(restarted.cpuCores).toBeUndefined();
    state.running = false;
    expect((await source.sample(2000)).event).toBe("unavailable: the container stopped");
    Object.assign(state, { running: true, fail: "<html>" });
    expect((await source.sample(3000)).event).toBeUndefined();
  });

  test("an unknown container, a socket that is not there and ssh are mistakes", async () => {
    const { url } = await engine({ running: true, started: "a", cpu: 0, system: 0 });
    await expect(watchContainer({ name: "x", container: "other", dockerHost: url })).rejects.toThrow(
      /no container other/,
    );
    await expect(
      watchContainer({ name: "x", container: "a", dockerHost: "unix:///nowhere.sock" }),
    ).rejects.toMatchObject({
      code: "monitor.docker-unreachable",
    });
    await expect(watchContainer({ name: "x", container: "a", dockerHost: "ssh://me@host" })).rejects.toMatchObject({
      code: "monitor.docker-host",
    });
  });
});

describe("metrics pages", () => {
  const pages: Readonly<Record<string, string>> = {
    node: "nodejs_heap_size_used_bytes 4e7",
    go: "go_memstats_heap_alloc_bytes 4e7",
    jvm: 'jvm_memory_used_bytes{area="heap",id="G1 Eden"} 1e7\njvm_memory_used_bytes{area="heap",id="G1 Old Gen"} 3e7\njvm_memory_used_bytes{area="nonheap",id="Metaspace"} 9e7',
    "an older jvm": 'jvm_memory_bytes_used{area="heap"} 4e7\njvm_memory_bytes_used{area="nonheap"} 9e7',
  };
  for (const [runtime, page] of Object.entries(pages)) {
    test(`the heap of ${runtime} is found by its library's name`, async () => {
      const { url } = await serving((_, response) => response.end(`process_resident_memory_bytes 9e7\n${page}\n`));
      expect(await watchMetrics({ name: "m", url }).sample(0)).toMatchObject({ rssBytes: 9e7, heapBytes: 4e7 });
    });
  }

  test("CPU and GC are what counters grew; a restart begins anew", async () => {
    const state = { cpu: 10, gc: 1, start: 1000 };
    const { url } = await serving((_, response) =>
      response.end(
        `process_cpu_seconds_total ${state.cpu}\ngo_gc_duration_seconds_sum ${state.gc}\nprocess_start_time_seconds ${state.start}\n`,
      ),
    );
    const source = watchMetrics({ name: "m", url });
    await source.sample(0);
    Object.assign(state, { cpu: 10.5, gc: 1.02 });
    const second = await source.sample(1000);
    expect(second.cpuCores).toBeCloseTo(0.5);
    expect(second.gcMs).toBeCloseTo(20);
    Object.assign(state, { cpu: 0.1, gc: 0, start: 2000 });
    const third = await source.sample(2000);
    expect(third).toEqual({ atMs: 2000, source: "m", event: "restarted" });
  });

  test("metrics by name, with labels; one that the page has not is told once", async () => {
    const { url } = await serving((_, response) =>
      response.end('jobs_waiting{queue="mail"} 3\njobs_waiting{queue="sms"} 5\nweird NaN\n'),
    );
    const metrics = { all: "jobs_waiting", mail: 'jobs_waiting{queue="mail"}', none: "absent_metric" };
    const source = watchMetrics({ name: "m", url, metrics });
    expect(await source.sample(0)).toMatchObject({ metrics: { all: 8, mail: 3 }, event: "the page has no none" });
    expect((await source.sample(1)).event).toBeUndefined();
  });

  test("HTML, an error, a huge page and silence are events in words, and the next good page is read", async () => {
    const state = { step: 0 };
    const answers = [
      { status: 200, type: "text/html", body: "<!doctype html><p>metric 1</p>" },
      { status: 503, type: "text/plain", body: "" },
      { status: 200, type: "text/plain", body: "x 1\n".repeat(50_000) },
      { status: 200, type: "text/plain", body: "process_resident_memory_bytes NaN\n" },
      { status: 200, type: "text/plain", body: "process_resident_memory_bytes 5\n" },
    ];
    const { url } = await serving((_, response) => {
      const { status, type, body } = answers[state.step]!;
      response.writeHead(status, { "content-type": type });
      response.end(body);
    });
    const reasons: (string | undefined)[] = [];
    for (state.step = 0; state.step < 3; state.step += 1) {
      reasons.push((await watchMetrics({ name: "m", url, mostBytes: 100_000 }).sample(0)).event);
    }
    expect(reasons).toEqual([
      "unavailable: the page is HTML, not metrics",
      "unavailable: the page answered 503",
      "unavailable: an answer of more than 0.1 MB",
    ]);
    const source = watchMetrics({ name: "m", url });
    expect(await source.sample(0)).toEqual({ atMs: 0, source: "m" });
    state.step = 4;
    expect(await source.sample(1)).toMatchObject({ rssBytes: 5 });
    const silent = await serving(() => {});
    expect((await watchMetrics({ name: "m", url: silent.url, timeoutMs: 50 }).sample(0)).event).toBe(
      "unavailable: no answer within 0.05 s",
    );
  });

  test("the text format: escapes, timestamps, exemplars, infinities", () => {
    const page = parseExposition(
      'a{x="q\\"},{",y="b\\\\"} 1 1700000000\nb 2 # {id="1"} 3\nc +Inf\nd nan\n# HELP e 4\n',
    );
    expect(page).toEqual([
      { name: "a", labels: { x: 'q"},{', y: "b\\" }, value: 1 },
      { name: "b", labels: {}, value: 2 },
    ]);
    expect(parseExposition("<html>\nnot a metric here\n")).toBeUndefined();
    expect(select(page!, parseSelector('a{y="b\\\\"}')!)).toBe(1);
  });
});

describe("PromQL", () => {
  test("named queries become figures and metrics", async () => {
    const asked: string[] = [];
    const { url } = await serving((request, response) => {
      const query = new URL(request.url!, "http://x").searchParams.get("query")!;
      asked.push(query);
      response.end(
        JSON.stringify({
          status: "success",
          data: { resultType: "vector", result: [{ metric: {}, value: [1, query === "r" ? "7e7" : "3"] }] },
        }),
      );
    });
    const source = watchPromql({ name: "p", url, queries: { rss: "r", queue: 'sum(q{a="b"})' } });
    expect(await source.sample(0)).toEqual({ atMs: 0, source: "p", rssBytes: 7e7, metrics: { queue: 3 } });
    expect(asked.sort()).toEqual(["r", 'sum(q{a="b"})']);
  });

  test("several series, NaN, a refused query and a server that is down are events", async () => {
    const state = { status: 200, body: {} as unknown };
    const server = await serving((_, response) => {
      response.writeHead(state.status);
      response.end(JSON.stringify(state.body));
    });
    const event = async () =>
      (await watchPromql({ name: "p", url: server.url, queries: { rss: "x" } }).sample(0)).event;
    const vector = (...values: string[]) => ({
      status: "success",
      data: { resultType: "vector", result: values.map((value) => ({ metric: {}, value: [1, value] })) },
    });
    state.body = vector("1", "2");
    expect(await event()).toMatch(/gives 2 series: sum\(\)/);
    state.body = vector("NaN");
    expect(await event()).toMatch(/no finite number/);
    state.body = vector();
    expect(await event()).toMatch(/gives nothing/);
    Object.assign(state, { status: 400, body: { status: "error" } });
    expect(await event()).toMatch(/refuses the query/);
    await server.close();
    expect(await event()).toMatch(/connection refused/);
  });
});

describe("floors in bounded memory", () => {
  test("a week of samples keeps at most 4,096 values, and the lowest of all", () => {
    const log = new FloorLog();
    for (let second = 0; second < 604_800; second += 10) {
      log.add({ atMs: second * 1000, source: "t", rssBytes: second === 300_000 ? 1 : 100 + (second % 70) });
    }
    const [series] = log.series();
    expect(series!.values.length).toBeLessThanOrEqual(4096);
    expect(Math.min(...series!.values)).toBe(1);
    expect(series!.timesMs).toEqual([...series!.timesMs].sort((a, b) => a - b));
  });

  test("a restart begins a new series", () => {
    const log = new FloorLog();
    log.add({ atMs: 0, source: "t", rssBytes: 900 });
    log.add({ atMs: 1000, source: "t", rssBytes: 100, event: "restarted" });
    expect(log.series()[0]!.values).toEqual([100]);
  });
});
