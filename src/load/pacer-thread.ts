import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { monotonicClock } from "./clock.js";
import { arrivalsOf, type PacedScenario, pacerCells } from "./pacer.js";

interface PacerStart {
  readonly cells: Int32Array;
  readonly beginsAt: Float64Array;
  readonly port: MessagePort;
  readonly scenarios: readonly PacedScenario[];
}

/** A futex wakes up to this late (the kernel's timer slack is 50 µs); the rest of the way is spun. */
const spinMs = 0.06;
/** A bound on one sleep, so that arithmetic on far-off due times cannot matter. */
const longestSleepMs = 1000;

const { cells, beginsAt, port, scenarios } = workerData as PacerStart;
const now = monotonicClock();

parentPort!.postMessage("ready");
Atomics.wait(cells, pacerCells.go, 0);
const schedules = scenarios.map((scenario) => ({
  arrivals: arrivalsOf(scenario),
  beginsAtMs: beginsAt[0]! + scenario.startTimeMs,
  next: 0,
  dueMs: 0,
}));
for (const schedule of schedules) schedule.dueMs = dueTime(schedule);
pace();

function dueTime(schedule: (typeof schedules)[number]): number {
  if (schedule.next >= schedule.arrivals.count) return Number.POSITIVE_INFINITY;
  return schedule.beginsAtMs + schedule.arrivals.dueAt(schedule.next);
}

function pace(): void {
  for (;;) {
    let nextDue = Number.POSITIVE_INFINITY;
    for (const schedule of schedules) nextDue = Math.min(nextDue, schedule.dueMs);
    if (nextDue === Number.POSITIVE_INFINITY) return;
    for (;;) {
      if (Atomics.load(cells, pacerCells.stop) === 1) return;
      const left = nextDue - now();
      if (left <= 0) break;
      if (left > spinMs) Atomics.wait(cells, pacerCells.stop, 0, Math.min(left - spinMs, longestSleepMs));
    }
    const time = now();
    for (let i = 0; i < schedules.length; i += 1) {
      const schedule = schedules[i]!;
      if (schedule.dueMs > time) continue;
      while (schedule.dueMs <= time) {
        schedule.next += 1;
        schedule.dueMs = dueTime(schedule);
      }
      Atomics.store(cells, pacerCells.first + i, schedule.next);
    }
    if (Atomics.exchange(cells, pacerCells.wakePending, 1) === 0) port.postMessage(0);
  }
}
