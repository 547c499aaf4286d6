import { type AddressInfo, createServer } from "node:net";
import { requireK6Module } from "../k6/modules.js";
import type { Clock } from "../load/clock.js";
import { Engine } from "../load/engine.js";
import { SelfCheck } from "../load/self-check.js";
import { EngineVu, type VuHost } from "../load/vu.js";
import { VuPool } from "../load/vu-pool.js";
import { Recorder } from "../measure/recorder.js";
import type { Plan } from "../model/options.js";
import type { Script } from "../model/script.js";
import { makePlan } from "../script/plan.js";

/** Long enough for the compiler to have settled, short enough that nobody waits for it. */
const rehearsal = { rate: 4000, durationMs: 600, vus: 50 };
/** A shorter run is a look, not a measurement: it starts at once. */
const worthwhileMs = 5000;

const answer = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n" + '{"status":"ok"}';

type Http = { get(url: string): Promise<{ readonly status: number }> };
type K6 = { check(value: unknown, checks: Readonly<Record<string, (value: { status: number }) => boolean>>): boolean };

/** Whether the plan has due times to keep, for long enough, with requests of HTTP. */
export function isWorthRehearsing(plan: Plan, script: Pick<Script, "modules">): boolean {
  const paced = plan.scenarios.some((scenario) => scenario.executor.endsWith("-arrival-rate"));
  return paced && plan.durationMs >= worthwhileMs && script.modules.includes("k6/http");
}

/**
 * Drives a moment of load from this thread to itself, with nothing of it recorded.
 *
 * Code that runs for the first time is read, interpreted, and compiled while the first arrivals wait: without this, the
 * lateness of a run's first second reaches 20 ms and makes up its whole tail. The target hears nothing of it.
 */
export async function rehearse(clock: Clock): Promise<void> {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on("error", () => socket.destroy());
    socket.on("data", () => socket.write(answer, "latin1"));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const { rate, vus, durationMs } = rehearsal;
  const scenario = { executor: "constant-arrival-rate", rate, duration: "1s", preAllocatedVUs: vus, maxVUs: vus };
  const exported = { scenarios: { rehearsal: scenario } };
  const made = makePlan({ exported, exportNames: ["default"], config: {}, env: {}, flags: {} });
  const plan = { ...made, scenarios: made.scenarios.map((one) => ({ ...one, durationMs })) as Plan["scenarios"] };
  const sink = new Recorder(() => {});
  const pool = new VuPool(() => rehearsingVu(url, { clock, sink, plan }));
  const engine = new Engine({
    plan,
    clock,
    sink,
    pool,
    selfCheck: new SelfCheck(),
    setupData: () => undefined,
    onWindow: () => {},
    onException: () => {},
  });
  await engine.prepare(() => {});
  await engine.run();
  engine.finish();
  pool.retire();
  server.close();
}

function rehearsingVu(url: string, parts: { clock: Clock; sink: Recorder; plan: Plan }): EngineVu {
  const silent = (): void => {};
  const host: VuHost = {
    clock: parts.clock,
    sink: parts.sink,
    options: parts.plan.options,
    env: {},
    console: { log: silent, info: silent, warn: silent, error: silent, debug: silent },
    shared: new Map(),
    readFile: () => new Uint8Array(),
    abortTest: silent,
    failTest: silent,
    instance: {
      iterationsInterrupted: 0,
      iterationsCompleted: 0,
      vusActive: 0,
      vusInitialized: 0,
      currentTestRunDuration: 0,
    },
  };
  const vu = new EngineVu(0, 0, host);
  const http = requireK6Module(vu, "k6/http") as Http;
  const { check } = requireK6Module(vu, "k6") as K6;
  vu.exports = {
    default: async () => {
      const response = await http.get(url);
      check(response, { "status is 200": (r) => r.status === 200 });
    },
  };
  return vu;
}
