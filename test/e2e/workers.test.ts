import { readdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { readRecord } from "../../src/harness/read-record.js";
import type { HistogramData } from "../../src/model/histogram.js";
import { readRun } from "../../src/record/reader.js";
import { loadline, manifestOf, runFolder, scratch, scripts, start } from "./loadline.js";

interface Seen {
  readonly scenario: string;
  readonly n: number;
  readonly vu: number;
  readonly token: string | null;
  readonly user: string | null;
}

// Several runs a test, each with threads to start.
vi.setConfig({ testTimeout: 180_000 });

let server: Server;
let url: string;
let seen: Seen[] = [];
const folders: ReturnType<typeof scratch>[] = [];
const folder = (): string => {
  folders.push(scratch());
  return folders.at(-1)!.dir;
};

beforeAll(async () => {
  server = createServer((request, response) => {
    const query = new URL(request.url!, "http://target").searchParams;
    seen.push({
      scenario: query.get("s")!,
      n: Number(query.get("n")),
      vu: Number(query.get("vu")),
      token: query.get("token"),
      user: query.get("user"),
    });
    response.end("ok");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  seen = [];
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  for (const one of folders) one.remove();
});

const run = (dir: string, ...more: string[]) =>
  loadline(["run", join(scripts, "workers.js"), "-e", `BASE_URL=${url}`, ...more], dir);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
const numbersOf = (scenario: string): number[] =>
  seen
    .filter((one) => one.scenario === scenario)
    .map(({ n }) => n)
    .sort((a, b) => a - b);
const times = (text: string, part: string): number => text.split(part).length - 1;

async function untilSeen(requests: number): Promise<void> {
  await vi.waitUntil(() => seen.length >= requests, { timeout: 90_000, interval: 20 });
}

describe("a run by two workers", () => {
  test("is the run of one: every iteration once, ids unique, setup and teardown and summary once", async () => {
    const dir = folder();
    const { stdout, stderr } = await run(dir, "--workers", "2");
    expect(numbersOf("steady"), stderr).toEqual(upTo(303));
    expect(numbersOf("ramp")).toEqual(upTo(60));
    expect(numbersOf("shared")).toEqual(upTo(11));
    // A VU's own iterations are numbered where the VU is: no number twice.
    expect(new Set(numbersOf("each")).size).toBe(15);
    expect(new Set(seen.map(({ token }) => token))).toEqual(new Set(["t-1"]));
    for (const { n, user } of seen) expect(user).toBe(["ada", "bob", "eve"][n % 3]);
    const vus = new Set(seen.map(({ vu }) => vu));
    // Both workers' VUs took part: the first has the odd numbers, the second the even ones.
    expect([...vus].some((vu) => vu % 2 === 0) && [...vus].some((vu) => vu % 2 === 1)).toBe(true);
    for (const text of ["users built", "setup ran", "teardown saw t-1"]) expect(times(stderr, text), text).toBe(1);
    expect(stdout).toBe("389 requests\n");
    const { manifest, windows, histories, damage } = readRun(runFolder(dir, "workers"));
    expect(damage).toEqual([]);
    expect(manifest.status).toBe("complete");
    expect(manifest.load?.plannedArrivals).toBe(389);
    expect(manifest.load?.started).toBe(389);
    expect(manifest.summary?.metrics.iterations?.values.count).toBe(389);
    expect(manifest.summary?.root_group.checks[0]).toMatchObject({ passes: 389, fails: 0 });
    expect(manifest.summary?.metrics.vus_max?.values.max).toBeGreaterThanOrEqual(38);
    expect(windows.reduce((sum, window) => sum + (window.counters.http_reqs ?? 0), 0)).toBe(389);
    const logged = histories.get("http_req_duration")!.lines;
    expect(logged.reduce((sum, line) => sum + line.histogram.count, 0)).toBe(389);
    expect(manifest.thresholds.map(({ ok }) => ok)).toEqual([true, true]);
  });

  test("its warm-up is sent by both and not measured", async () => {
    const dir = folder();
    const { stderr } = await run(dir, "--workers", "2", "--warm-up", "1s");
    const { load, summary } = manifestOf(runFolder(dir, "workers"));
    expect(load?.plannedArrivals, stderr).toBe(389);
    expect(summary?.metrics.http_reqs?.values.count).toBe(389);
    // The steady rate and the height of the ramp's first stage, each for a second.
    expect(seen.length).toBe(389 + 101 + 60);
  });

  test("arrivals at random are the same with two workers as with one", async () => {
    const planned = async (...more: string[]): Promise<number[]> => {
      seen = [];
      const dir = folder();
      await run(dir, "--arrivals", "poisson", "--seed", "5", ...more);
      const { load } = manifestOf(runFolder(dir, "workers"));
      expect(numbersOf("steady")).toEqual(upTo(numbersOf("steady").length));
      return [load!.plannedArrivals, numbersOf("steady").length, numbersOf("ramp").length];
    };
    const alone = await planned("--workers", "1");
    expect(alone[1]).not.toBe(303);
    expect(await planned("--workers", "2")).toEqual(alone);
  });

  test("ends for all when one of them aborts", async () => {
    const dir = folder();
    const { code, stderr } = await run(dir, "--workers", "2", "-e", "ABORT_AT=120");
    expect(code, stderr).toBe(108);
    expect(numbersOf("steady").at(-1)).toBeLessThan(290);
    expect(stderr).toContain("teardown saw t-1");
    const { status, endReason } = manifestOf(runFolder(dir, "workers"));
    expect([status, endReason]).toEqual(["interrupted", "seen enough"]);
  });

  test("ends for all at the first Ctrl-C, with results", async () => {
    const dir = folder();
    const args = ["run", join(scripts, "workers.js"), "-e", `BASE_URL=${url}`, "--workers", "2"];
    const running = start(args, dir);
    await untilSeen(60);
    running.child.kill("SIGINT");
    const { code, stdout, stderr } = await running.outcome;
    expect(code, stderr).toBe(105);
    const made = seen.length;
    expect(stdout).toBe(`${made} requests\n`);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(seen.length).toBe(made);
    expect(times(stderr, "teardown saw")).toBe(1);
  });

  test("is invalid when a worker dies, says which, and keeps its windows", async () => {
    const dir = folder();
    const options = { NODE_OPTIONS: "--max-old-space-size=80" };
    const args = ["run", join(scripts, "eats-memory.js"), "--workers", "2"];
    const { code, stderr } = await loadline(args, dir, options);
    expect(code, stderr).toBe(109);
    expect(stderr).toContain("Worker 2 of 2");
    const { manifest, windows, damage } = readRun(runFolder(dir, "eats-memory"));
    expect(damage).toEqual([]);
    expect(manifest.validity.state).toBe("invalid");
    expect(manifest.validity.reasons.map((reason) => reason.code)).toContain("engine-died");
    expect(windows.length).toBeGreaterThanOrEqual(2);
    // The windows that both delivered hold what both did.
    expect(manifest.load!.started + manifest.load!.dropped).toBeGreaterThan(200);
    expect(manifest.summary?.metrics.iterations?.values.count).toBeGreaterThan(150);
  });

  test("leaves a readable run when the process is killed", async () => {
    const dir = folder();
    const running = start(["run", join(scripts, "workers.js"), "-e", `BASE_URL=${url}`, "--workers", "2"], dir);
    await untilSeen(320);
    running.child.kill("SIGKILL");
    await running.outcome;
    const record = readRecord(join(dir, "reports"), "workers/latest");
    expect(record.manifest.status).toBe("interrupted");
    expect(record.windows.length).toBeGreaterThanOrEqual(1);
    const counted = record.windows.reduce((sum, window) => sum + window.engine.started, 0);
    expect(counted).toBeGreaterThan(50);
    expect(record.manifest.summary?.metrics.iterations?.values.count).toBeLessThanOrEqual(counted);
  });

  test("a wrong number of them is refused", async () => {
    const dir = folder();
    expect((await run(dir, "--workers", "0")).code).toBe(2);
    expect((await run(dir, "--workers", "many")).stderr).toContain("auto");
    expect((await run(dir, "--workers", "1000")).code).toBe(104);
    expect((await run(dir, "--arrivals", "bursts")).code).toBe(2);
  });
});

describe("a test that two machines drive", () => {
  const half = (segment: string, name: string) => [
    "--execution-segment",
    segment,
    "--execution-segment-sequence",
    "0,1/3,1",
    "--label",
    `shard=${name}`,
    "--pid",
    String(process.pid),
  ];

  test("makes every iteration once, and its merged run is the whole", async () => {
    const dir = folder();
    const [one, other] = await Promise.all([
      run(dir, ...half("0:1/3", "a")),
      // Workers of a machine share that machine's part.
      run(dir, ...half("1/3:1", "b"), "--workers", "2"),
    ]);
    expect(numbersOf("steady"), one.stderr + other.stderr).toEqual(upTo(303));
    expect(numbersOf("ramp")).toEqual(upTo(60));
    expect(numbersOf("shared")).toEqual(upTo(11));
    const records = ["a", "b"].map((name) => recordOf(dir, name));
    expect(records.reduce((sum, { manifest }) => sum + manifest.load!.started, 0)).toBe(389);

    const merged = await loadline(["merge", ...records.map((record) => record.folder), "--json"], dir);
    expect(merged.stderr).not.toContain("overlap");
    const { folder: mergedFolder } = JSON.parse(merged.stdout) as { folder: string };
    const whole = readRun(join(dir, mergedFolder));
    expect(whole.damage).toEqual([]);
    expect(whole.manifest.load?.plannedArrivals).toBe(389);
    expect(whole.manifest.summary?.metrics.http_reqs?.values.count).toBe(389);
    expect(whole.manifest.labels).toMatchObject({ shards: "2" });
    expect(new Set(whole.resources.map(({ source }) => source))).toEqual(new Set(["a/target", "b/target"]));
    // Under the same names, or a sign-off would take them for silent.
    expect(whole.manifest.declared?.sources).toEqual(["a/target", "b/target"]);
    // Without loss: each bucket of each second.
    for (const name of ["http_req_duration", "http_req_response_time"]) {
      const parts = records.map((record) => record.histories.get(name)!.lines);
      const lines = whole.histories.get(name)!.lines;
      expect(countsOf(lines)).toEqual(countsOf(parts.flat()));
    }
    expect(whole.windows.reduce((sum, window) => sum + (window.counters.http_reqs ?? 0), 0)).toBe(389);

    const twice = await loadline(["merge", records[0]!.folder, records[0]!.folder], dir);
    expect([twice.code, twice.stderr.includes("given twice")]).toEqual([2, true]);
    expect((await loadline(["merge", records[0]!.folder], dir)).code).toBe(2);
  });

  test("a metric that never had a value keeps its type in the whole", async () => {
    const dir = folder();
    const script = join(dir, "quiet.js");
    writeFileSync(
      script,
      `import { Counter, Trend } from "k6/metrics";
      new Counter("never_count");
      new Trend("never_time", true);
      export const options = { vus: 2, iterations: 4, thresholds: { never_count: ["rate<5"], never_time: ["avg<5"] } };
      export default function () {}`,
    );
    const segments = ["0:1/2", "1/2:1"];
    for (const segment of segments) {
      const parts = ["--execution-segment", segment, "--execution-segment-sequence", "0,1/2,1"];
      await loadline(["run", script, ...parts, "--quiet"], dir);
    }
    const reports = join(dir, "reports", "quiet");
    const shards = readdirSync(reports).map((name) => join(reports, name));
    const { stdout, stderr } = await loadline(["merge", ...shards, "--json"], dir);
    expect(stderr).not.toContain("error");
    const { manifest } = readRun(join(dir, (JSON.parse(stdout) as { folder: string }).folder));
    // The script gives no scenarios: its thresholds are judged even so.
    expect(manifest.thresholds?.map(({ expression }) => expression)).toEqual(["rate<5", "avg<5"]);
    expect(manifest.summary?.metrics.never_count).toMatchObject({ type: "counter", values: { count: 0, rate: 0 } });
    expect(manifest.summary?.metrics.never_time).toMatchObject({ type: "trend", contains: "time" });
  });

  test("runs of other options are no shards, and segments that overlap or leave a gap are told of", async () => {
    const dir = folder();
    const short = ["--iterations", "200", "--vus", "4"];
    await run(dir, ...short, "--execution-segment", "0:1/2", "--label", "shard=a");
    await run(dir, ...short, "--execution-segment", "1/4:3/4", "--label", "shard=b");
    await run(dir, "--iterations", "100", "--vus", "4", "--execution-segment", "1/2:1", "--label", "shard=c");
    const [a, b, c] = ["a", "b", "c"].map((name) => recordOf(dir, name).folder);
    const unlike = await loadline(["merge", a!, c!], dir);
    expect(unlike.code).toBe(104);
    expect(unlike.stderr).toContain("options differ");
    const overlapping = await loadline(["merge", a!, b!], dir);
    expect(overlapping.stderr).toContain("a (0 % to 50 %) and b (25 % to 75 %) overlap");
    expect(overlapping.stderr).toContain("Nobody had the part from 75 % to 100 %");
  });

  function recordOf(dir: string, shard: string) {
    const runs = readdirSync(join(dir, "reports", "workers")).map((id) => readRun(join(dir, "reports", "workers", id)));
    return runs.find(({ manifest }) => manifest.labels.shard === shard)!;
  }
  function countsOf(lines: readonly { readonly histogram: HistogramData }[]): Record<number, number> {
    const counts: Record<number, number> = {};
    for (const { histogram } of lines) {
      for (let i = 0; i < histogram.counts.length; i += 1) {
        const count = histogram.counts[i]!;
        if (count > 0) counts[histogram.from + i] = (counts[histogram.from + i] ?? 0) + count;
      }
    }
    return counts;
  }
});
