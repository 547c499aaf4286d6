import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { findRun } from "../../src/record/find.js";
import { readRun } from "../../src/record/reader.js";
import { batch, manifest, requests, temporaryFolder, trend } from "./runs.js";

/** Writes windows without end, and says how many are appended. */
const program = `
import { RunWriter } from ${JSON.stringify(join(import.meta.dirname, "../../src/record/writer.ts"))};
import { Histogram } from ${JSON.stringify(join(import.meta.dirname, "../../src/stats/histogram.ts"))};
const { reportsDir, manifest, first } = JSON.parse(process.argv[2]);
const writer = await RunWriter.create({ reportsDir, manifest });
for (let index = 0; ; index += 1) {
  const histogram = new Histogram();
  for (let n = 1; n <= 500; n += 1) histogram.record(n * n);
  const values = [{ id: 0, value: { kind: "trend", histogram } }, { id: 100, value: { kind: "counter", sum: 500 } }];
  writer.writeWindow({ ...first, index, startMs: index * 1000, newSeries: index === 0 ? first.newSeries : [], values });
  writer.writeResources([{ atMs: index * 1000, source: "target", rssBytes: 1 }]);
  process.stdout.write(index + "\\n");
  await new Promise((done) => setTimeout(done, 1));
}
`;

test("a process killed without warning leaves every window that it had appended", async () => {
  const folder = temporaryFolder();
  const source = join(folder, "program.ts");
  const outfile = join(folder, "program.mjs");
  writeFileSync(source, program);
  await build({ entryPoints: [source], outfile, bundle: true, platform: "node", format: "esm", logLevel: "silent" });
  const first = batch(0, { newSeries: [trend(0, "http_req_duration"), requests] });
  const child = spawn(process.execPath, [outfile, JSON.stringify({ reportsDir: folder, manifest, first })]);
  let said = "";
  let complained = "";
  child.stderr.on("data", (bytes) => {
    complained += bytes;
  });
  child.stdout.on("data", (bytes) => {
    said += bytes;
    if (said.split("\n").length > 60) child.kill("SIGKILL");
  });
  await once(child, "close");
  expect(complained).toBe("");
  const appended = Number(said.trim().split("\n").at(-1)) + 1;

  const run = readRun(findRun(folder, "checkout"));
  expect(run.manifest.status).toBe("running");
  expect(run.windows.length).toBeGreaterThanOrEqual(appended);
  expect(run.windows.length).toBeLessThanOrEqual(appended + 1);
  const lines = run.histories.get("http_req_duration")!.lines;
  expect(run.totals.get("http_req_duration")!.count).toBe(lines.length * 500);
  expect(Math.abs(lines.length - run.windows.length)).toBeLessThanOrEqual(1);
  expect(run.resources.length).toBeGreaterThanOrEqual(appended);
  expect(run.damage[0]).toMatch(/no end/);
});
