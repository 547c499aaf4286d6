import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { Comparison } from "../../src/model/comparison.js";
import { demoTarget, loadline, runFolder, scratch, scripts } from "./loadline.js";

const place = scratch();
const { dir } = place;
afterAll(() => place.remove());

async function threeRuns(...flags: string[]): Promise<string[]> {
  const target = await demoTarget(...flags);
  const before = new Set(existsSync(join(dir, "reports/get")) ? readdirSync(join(dir, "reports/get")) : []);
  const args = [
    "run",
    join(scripts, "get.js"),
    "-e",
    `BASE_URL=${target.url}`,
    "--repeat",
    "3",
    "--pause",
    "0s",
    "--warm-up",
    "1s",
    "-q",
  ];
  const { code, stderr } = await loadline([...args, "--no-summary"], dir);
  await target.stop();
  expect(code, stderr).toBe(0);
  return readdirSync(join(dir, "reports/get")).filter((id) => !before.has(id));
}

describe.sequential("from runs to a baseline to a verdict", () => {
  test("without a baseline a comparison is inconclusive: 112", async () => {
    const runs = await threeRuns();
    const { code, stdout } = await loadline(["compare", ...runs, "--json"], dir);
    expect(code).toBe(112);
    expect((JSON.parse(stdout) as Comparison).baseline).toBeNull();
    const accepted = await loadline(["baseline", "accept", ...runs, "--by", "ann", "--note", "first"], dir);
    expect(accepted.code, accepted.stderr).toBe(0);
    const listed = await loadline(["baseline", "list"], dir);
    expect(listed.stdout).toContain("get/main  3 runs, accepted");
    expect(listed.stdout).toContain("by ann: first");
  });

  test("accepting again under the same name is refused, and the file stays", async () => {
    const file = join(dir, "baselines/get/main.json");
    const text = readFileSync(file, "utf8");
    const { code, stderr } = await loadline(["baseline", "accept", "get/latest"], dir);
    expect(code).toBe(104);
    expect(stderr).toContain("--replace");
    expect(readFileSync(file, "utf8")).toBe(text);
  });

  test("a target twice as slow is regressed: 111, in the table and in JSON alike", async () => {
    const runs = await threeRuns("--latency-scale", "2");
    const { code, stdout } = await loadline(["compare", ...runs], dir);
    expect(code, stdout).toBe(111);
    expect(stdout).toMatch(/http_req_response_time\n +▼ +p\(50\)/);
    const json = JSON.parse((await loadline(["compare", ...runs, "--json"], dir)).stdout) as Comparison;
    expect(json.verdict).toBe("regressed");
    const row = json.rows.find((one) => one.series === "http_req_response_time" && one.statistic === "p(50)")!;
    expect(row.change!).toBeGreaterThan(0.6);
    expect(row.interval!.low).toBeGreaterThan(0);
  });

  test("the report is one file, seven charts and a summary, and says regressed", async () => {
    const { code, stdout, stderr } = await loadline(["report", "get/latest", "--junit", "junit.xml"], dir);
    expect(code, stderr).toBe(0);
    const run = runFolder(dir, "get");
    const charts = readdirSync(join(run, "charts")).filter((name) => name.endsWith(".png"));
    expect(charts.length).toBeGreaterThanOrEqual(6);
    for (const chart of charts) {
      const bytes = readFileSync(join(run, "charts", chart));
      expect(bytes.subarray(1, 4).toString()).toBe("PNG");
      expect(bytes.readUInt32BE(16)).toBe(1920);
    }
    expect(statSync(join(run, "report.html")).size).toBeLessThan(700_000);
    expect(stdout).toContain("report.html");
    expect(readFileSync(join(dir, "junit.xml"), "utf8")).toContain("<testsuite");
  });
});
