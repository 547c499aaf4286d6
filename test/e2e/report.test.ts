import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { demoTarget, loadline, runFolder, scratch } from "./loadline.js";

const place = scratch();
let folder = "";

beforeAll(async () => {
  const script = `
import http from "k6/http";
export const options = { vus: 2, iterations: 300, thresholds: { http_req_failed: ["rate<0.5"] } };
export default () => { http.get(__ENV.BASE_URL + "/api/items/1", { tags: { name: "item" } }); };
`;
  writeFileSync(join(place.dir, "asked.js"), script);
  const target = await demoTarget();
  try {
    const { code, stderr } = await loadline(["run", "asked.js", "-q", "-e", `BASE_URL=${target.url}`], place.dir);
    expect(code, stderr).toBe(0);
  } finally {
    await target.stop();
  }
  folder = runFolder(place.dir, "asked");
}, 60_000);
afterAll(() => place.remove());

test("a report that cannot be written is told with its path and a remedy, without a stack: 104", async () => {
  writeFileSync(join(folder, "charts"), "not a folder");
  const { code, stderr } = await loadline(["report", folder], place.dir);
  rmSync(join(folder, "charts"));
  expect(code).toBe(104);
  expect(stderr).toMatch(/cannot be written[\s\S]*charts[\s\S]*Make room/);
  expect(stderr).not.toContain("    at ");
}, 60_000);

test("a run whose window log is garbage says so, and is no pass", async () => {
  const whole = await loadline(["report", folder], place.dir);
  expect(whole.stderr).not.toContain("windows.hlog");
  expect(readFileSync(join(folder, "summary.md"), "utf8")).toMatch(/^## ✓ PASS/);

  writeFileSync(join(folder, "windows.hlog"), "garbage\n\u0000\u0001 more garbage\n");
  const { code, stderr } = await loadline(["report", folder], place.dir);
  expect(code).toBe(0);
  expect(stderr).toMatch(/^warn {2}.*windows\.hlog/m);
  expect(readFileSync(join(folder, "summary.md"), "utf8")).toMatch(/^## \? INCONCLUSIVE[\s\S]*record is damaged/);
}, 60_000);
