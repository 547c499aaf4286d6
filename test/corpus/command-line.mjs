// node command-line.mjs MAIN MARK: runs the command line for each message { argv, cwd, env }, and answers { code }.
// What a process of its own would make of it is a code too: one that throws late, or leaves something open, has no exit code.
import { setTimeout as wait } from "node:timers/promises";

const [, , path, mark] = process.argv;
const { main } = await import(path);
// It starts its process in the folder that it was loaded in, and those of the commands are removed.
await import("esbuild");
const longestAfterMs = 5000;
let broken;
process.on("uncaughtException", (error) => {
  process.stderr.write(`${error.stack}\n`);
  broken = true;
});

/** How many of each kind of thing keep this process alive. */
function open() {
  const counts = new Map();
  // Its own output and error are pipes that are opened when first written to.
  for (const kind of process.getActiveResourcesInfo().filter((each) => each !== "PipeWrap"))
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

/** What is open beyond what was, once it has had its time to close. */
async function leftOpen(before) {
  for (let waitedMs = 0; ; waitedMs += 10) {
    const left = [...open()].filter(([kind, count]) => count > (before.get(kind) ?? 0));
    if (left.length === 0 || waitedMs >= longestAfterMs) return left;
    await wait(10);
  }
}

process.on("message", async ({ argv, cwd, env }) => {
  process.chdir(cwd);
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  broken = false;
  const before = open();
  let code = await main([process.execPath, "loadline", ...argv]);
  const left = await leftOpen(before);
  if (left.length > 0)
    process.stderr.write(`left open: ${left.map(([kind, count]) => `${kind} x${count}`).join(", ")}\n`);
  if (left.length > 0 || broken) code = null;
  await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write(mark, done))));
  process.send({ code });
});
