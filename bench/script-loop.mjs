// node script-loop.mjs HOW URL ITERATIONS SCRIPT: one thread's CPU for so many iterations of GET and check, as JSON.
// HOW is script (compiled and driven as in a run) or native (the same calls, written for our client by hand).
import { resolve } from "node:path";
import { HttpClient } from "../dist/http/client.js";
import { parseUrl } from "../dist/http/url.js";
import { scriptGlobals } from "../dist/k6/globals.js";
import { requireK6Module } from "../dist/k6/modules.js";
import { monotonicClock } from "../dist/load/clock.js";
import { EngineVu } from "../dist/load/vu.js";
import { Recorder } from "../dist/measure/recorder.js";
import { bundleScript } from "../dist/script/bundle.js";
import { loadScript } from "../dist/script/instance.js";
import { makePlan } from "../dist/script/plan.js";

const [how, url, count, path] = process.argv.slice(2);
const iterations = Number(count);
/** What the compiler of the machine code needs to settle. */
const warmUp = 20_000;
const loops = 10;
const clock = monotonicClock();
const recorder = new Recorder((_, text) => process.stderr.write(`${text}\n`));

const run = how === "script" ? await scripted() : native();
await run(warmUp);
recorder.closeWindow();
const before = process.cpuUsage();
await run(iterations);
const { user, system } = process.cpuUsage(before);
const { values, checks } = recorder.closeWindow();
const passes = checks.reduce((sum, check) => sum + check.passes, 0);
// Both must have done the same work: every check passed, every request recorded.
if (passes < iterations || values.length === 0) throw new Error(`${how}: ${passes} checks of ${iterations} passed`);
process.stdout.write(`${JSON.stringify({ cpuUs: (user + system) / iterations })}\n`);
process.exit(0);

/** By hand: what http.get and check have to do for a result, and nothing of the script's ways. */
function native() {
  const target = parseUrl(`${url}/`);
  const tags = recorder.tagSet({
    method: "GET",
    name: `${url}/`,
    url: `${url}/`,
    status: "200",
    expected_response: "true",
  });
  const plain = recorder.tagSet({});
  const request = {
    method: "GET",
    url: target,
    headerLines: "User-Agent: loadline\r\n",
    body: null,
    timeoutMs: 60_000,
    discardBody: false,
  };
  const clients = Array.from(
    { length: loops },
    () => new HttpClient({ now: clock, hosts: {}, insecureSkipTlsVerify: false, keepAlive: true }),
  );
  return async (total) => {
    let left = total;
    const loop = async (client) => {
      while (left-- > 0) {
        const exchange = await client.request(request);
        exchange.failed = exchange.error !== null || exchange.status >= 400;
        recorder.addHttp(exchange, 0, tags);
        recorder.addCheck("status is 200", "", exchange.status === 200, plain);
      }
    };
    await Promise.all(clients.map(loop));
  };
}

async function scripted() {
  const script = await bundleScript(resolve(path));
  const loaded = loadScript(script);
  const plan = makePlan({ exported: {}, exportNames: ["default"], config: {}, env: {}, flags: {} });
  const host = {
    clock,
    sink: recorder,
    options: plan.options,
    env: { BASE_URL: url },
    console,
    shared: new Map(),
    readFile: () => new Uint8Array(),
    abortTest() {},
    failTest() {},
    instance: {},
  };
  const vus = Array.from({ length: loops }, (_, i) => {
    const vu = new EngineVu(i + 1, i + 1, host);
    vu.exports = loaded.newInstance({
      requireModule: (id) => requireK6Module(vu, id),
      globals: scriptGlobals(vu),
    }).exports;
    return vu;
  });
  return (total) =>
    new Promise((done, failed) => {
      let started = 0;
      let ended = 0;
      const next = (vu) => {
        if (started >= total) return;
        started += 1;
        vu.iterate(started - 1, started - 1, undefined);
      };
      const onEnd = (vu, outcome) => {
        if (outcome.kind !== "completed") failed(outcome.error ?? new Error(outcome.kind));
        else if (++ended === total) done();
        else next(vu);
      };
      const common = {
        name: "default",
        executor: "constant-vus",
        startTimeMs: Date.now(),
        progress: () => 0,
        exec: "default",
      };
      for (const vu of vus) vu.assign({ ...common, env: {}, tags: {}, setupData: undefined, onEnd });
      for (const vu of vus) next(vu);
    });
}
