import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { bin, scratch } from "./loadline.js";

const root = join(import.meta.dirname, "../..");
const places: ReturnType<typeof scratch>[] = [];
afterAll(() => {
  for (const place of places) place.remove();
});

interface Step {
  readonly words: readonly string[];
  readonly commands: string;
}

/** The tour's code blocks: each after a comment `<!-- tour … -->`. */
function tour(): Step[] {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  return [...readme.matchAll(/<!-- tour(?:: ([^>]*))? -->\n```sh\n([\s\S]*?)```/g)].map((match) => ({
    words: (match[1] ?? "").trim().split(" "),
    commands: match[2]!,
  }));
}

test("every command of the README's tour does what the text says", () => {
  const place = scratch();
  places.push(place);
  // `npx loadline` finds the package in node_modules/.bin, as it would after an install.
  mkdirSync(join(place.dir, "node_modules/.bin"), { recursive: true });
  writeFileSync(
    join(place.dir, "node_modules/.bin/loadline"),
    `#!/bin/sh\nexec "${process.execPath}" "${bin}" "$@"\n`,
    { mode: 0o755 },
  );
  symlinkSync(join(root, "scenarios"), join(place.dir, "scenarios"));
  const steps = tour();
  expect(steps.length).toBeGreaterThanOrEqual(4);
  for (const { words, commands } of steps) {
    // The tour's times are for a reader; a test needs to see that the commands work.
    const quick = commands
      .replaceAll("DURATION=10s", "DURATION=2s -e RATE=100")
      .replaceAll("--warm-up 3s", "--warm-up 1s");
    // vitest sets BASE_URL for pages of its own; npx may have opinions on the machine's npm settings.
    const { BASE_URL: _, ...inherited } = process.env;
    const options = { cwd: place.dir, env: { ...inherited, CI: "true", npm_config_loglevel: "silent" } };
    const allowed = words[0] === "exit" ? words.slice(1).map(Number) : [0];
    for (const command of quick.replaceAll("\\\n", " ").trim().split("\n")) {
      const { status, stdout, stderr } = spawnSync("sh", ["-c", command], { ...options, encoding: "utf8" });
      expect(allowed, `${command}\n${stdout}\n${stderr}`).toContain(status);
    }
  }
}, 240_000);
