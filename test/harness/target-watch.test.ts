import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { TargetWatch } from "../../src/harness/target-watch.js";

test("a log that has vanished is a warning, and everything is still closed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "loadline-watch-"));
  const warnings: string[] = [];
  const says = `console.log('{"event":"listening","url":"http://127.0.0.1:1"}'); setInterval(() => {}, 1000)`;
  const command = `${process.execPath} -e "${says.replaceAll('"', '\\"')}"`;
  const watch = await TargetWatch.open(
    { pids: [], commands: [{ name: "api", command, readyUrl: undefined }] },
    (text) => warnings.push(text),
  );
  rmSync(watch.logs.get("api")!);
  await watch.close(folder);
  expect(warnings).toEqual([expect.stringMatching(/^What api wrote could not be kept \(ENOENT\)/)]);
  rmSync(folder, { recursive: true });
}, 20_000);
