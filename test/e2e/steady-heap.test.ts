import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { bin } from "./loadline.js";

/** When asked, makes many objects that stay, as a growing young generation wants, and says how large it is then. */
const sayingYoung = `data:text/javascript,import v8 from "node:v8";
process.on("SIGUSR2", () => {
  globalThis.kept = Array.from({ length: 300000 }, (_, i) => ({ i }));
  const { space_size } = v8.getHeapSpaceStatistics().find((space) => space.space_name === "new_space");
  process.stderr.write(space_size + ";");
});`;

test("the demo target's young generation does not grow, so that V8 has no 16 MB to release in the midst of a leak", async () => {
  const child = spawn(
    process.execPath,
    [`--import=${sayingYoung.replaceAll("\n", "")}`, bin, "demo-target", "--port", "0", "--quiet"],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  await once(child.stdout, "data");
  // The thread that wakes the target has started by then.
  await new Promise((resolve) => setTimeout(resolve, 1000));
  child.kill("SIGUSR2");
  const [said] = await once(child.stderr, "data");
  child.kill("SIGTERM");
  await once(child, "close");
  expect(Number.parseInt(said, 10), String(said)).toBeGreaterThan(0);
  expect(Number.parseInt(said, 10)).toBeLessThanOrEqual(4 * 1024 * 1024);
}, 20_000);
