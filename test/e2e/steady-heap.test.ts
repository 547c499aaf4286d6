import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { bin } from "./loadline.js";

/** Says at its end how large V8's young generation is. */
const sayingYoung = `data:text/javascript,import v8 from "node:v8";
process.on("exit", () => process.stderr.write(String(v8.getHeapSpaceStatistics()
  .find((space) => space.space_name === "new_space").space_size)));`;

test("the demo target's young generation does not grow, so that V8 has no 16 MB to release in the midst of a leak", async () => {
  const child = spawn(
    process.execPath,
    [`--import=${sayingYoung.replaceAll("\n", "")}`, bin, "demo-target", "--port", "0", "--quiet"],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let said = "";
  child.stderr.on("data", (text) => {
    said += text;
  });
  await once(child.stdout, "data");
  child.kill("SIGTERM");
  await once(child, "close");
  expect(Number(said), said).toBeGreaterThan(0);
  expect(Number(said)).toBeLessThanOrEqual(4 * 1024 * 1024);
}, 20_000);
