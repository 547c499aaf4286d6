import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { monotonicClock } from "../load/clock.js";
import { Pacer } from "../load/pacer.js";
import type { PacedScenario } from "../load/schedule.js";
import type { LatenessUs, SelfTest } from "../model/machine.js";

/** An arrival as the server takes it: this many bytes. */
export const arrivalBytes = 4;
/** Threads and sockets get this long before the first due time. */
const leadMs = 200;
const graceMs = 500;

/** What the server's thread is asked, and answers. */
export type SelfTestQuestion = { readonly beginsAtMs: number; readonly rate: number } | "result";
export type SelfTestAnswer = { readonly port: number } | { readonly arrived: number; readonly lateness: LatenessUs };

/**
 * The noise floor: the pacer and one socket of this process against a server in a thread, both ends on loopback.
 *
 * Nothing else is in the way, so what is late here is this machine's own doing: wake-ups, schedulers, neighbours.
 *
 * @param rate arrivals a second
 */
export async function runSelfTest(rate: number, durationMs: number): Promise<SelfTest> {
  const server = new Worker(new URL("../harness/self-test-server.js", import.meta.url), { name: "loadline-self-test" });
  const answer = async (): Promise<SelfTestAnswer> => ((await once(server, "message")) as [SelfTestAnswer])[0];
  try {
    const listening = await answer();
    if (!("port" in listening)) throw new Error("The self-test's server answered before it was asked.");
    const socket = connect({ port: listening.port, host: "127.0.0.1", noDelay: true });
    await once(socket, "connect");
    const scenario = selfTestScenario(rate, durationMs);
    let sent = 0;
    let failed: Error | undefined;
    const pacer = new Pacer(
      [scenario],
      (_, dueCount) => {
        socket.write(Buffer.alloc(arrivalBytes * (dueCount - sent)));
        sent = dueCount;
      },
      (error) => {
        failed = error;
      },
    );
    try {
      await pacer.ready();
      const beginsAtMs = monotonicClock()() + leadMs;
      server.postMessage({ beginsAtMs, rate } satisfies SelfTestQuestion);
      pacer.begin(beginsAtMs);
      await wait(leadMs + durationMs + graceMs);
      if (failed !== undefined) throw failed;
      server.postMessage("result" satisfies SelfTestQuestion);
      const result = await answer();
      if (!("arrived" in result)) throw new Error("The self-test's server gave no result.");
      return { rate, durationMs, planned: Math.round((rate * durationMs) / 1000), ...result };
    } finally {
      await pacer.stop();
      socket.destroy();
    }
  } finally {
    await server.terminate();
  }
}

function selfTestScenario(rate: number, durationMs: number): PacedScenario {
  return {
    executor: "constant-arrival-rate",
    name: "self-test",
    rate,
    timeUnitMs: 1000,
    durationMs,
    preAllocatedVUs: 1,
    maxVUs: 1,
    startTimeMs: 0,
    gracefulStopMs: 0,
    exec: "default",
    env: {},
    tags: {},
  };
}
