import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { loadConfig } from "../../src/harness/config.js";

const folder = mkdtempSync(join(tmpdir(), "loadline-config-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

test("a JSON config holds k6's options", async () => {
  const loaded = await loadConfig(file("k6.json", '{ "vus": 3, "thresholds": { "checks": ["rate>0.9"] } }'));
  expect(loaded?.config.options).toEqual({ vus: 3, thresholds: { checks: ["rate>0.9"] } });
});

test("JSON that is broken, or no object, is named with its place", async () => {
  const path = file("broken.json", "{ vus: 3 }");
  await expect(loadConfig(path)).rejects.toMatchObject({ code: "config.syntax", at: path });
  await expect(loadConfig(file("list.json", "[1]"))).rejects.toMatchObject({ code: "config.invalid" });
});
