import { parentPort, workerData } from "node:worker_threads";
import { monotonicClock } from "./clock.js";
import { controlCells, engineCells, type PacerStart } from "./pacer.js";
import { arrivalsOf } from "./schedule.js";
import { shareOf } from "./share.js";
import { sharpenTimers } from "./timer-slack.js";

/** A futex wakes about this late; the rest of the way is spun. */
const spinMs = sharpenTimers() ? 0.03 : 0.06;
/** Of the time to the next arrival, at most: an engine on the same core needs the rest. */
const spinShare = 0.05;
// Waking and being woken cost some 20 µs a time. Beyond 5,000 arrivals a second several share one, up to 0.2 ms late;
// at lower rates those that chance brings close together, as Poisson's do, have ten wake-ups of their own in reserve.
const leastGapMs = 0.2;
const burstMs = 10 * leastGapMs;
/** A bound on one sleep, so that arithmetic on far-off due times cannot matter. */
const longestSleepMs = 1000;

const { control, beginsAt, scenarios, engines } = workerData as PacerStart;
const now = monotonicClock();

parentPort!.postMessage("ready");
Atomics.wait(control, controlCells.go, 0);
// One schedule for each engine's part of each scenario.
const schedules = engines.flatMap(({ cells, segments }) => {
  const share = shareOf(segments);
  return scenarios.map((scenario, index) => ({
    arrivals: arrivalsOf(scenario, share),
    beginsAtMs: beginsAt[0]! + scenario.startTimeMs,
    cells,
    cell: engineCells.first + index,
    next: 0,
    dueMs: 0,
  }));
});
type Schedule = (typeof schedules)[number];
for (const schedule of schedules) schedule.dueMs = dueTime(schedule);
pace();

function dueTime(schedule: Schedule): number {
  if (schedule.next >= schedule.arrivals.count) return Number.POSITIVE_INFINITY;
  return schedule.beginsAtMs + schedule.arrivals.dueAt(schedule.next);
}

function pace(): void {
  let wakeFrom = Number.NEGATIVE_INFINITY;
  for (;;) {
    let nextDue = Number.POSITIVE_INFINITY;
    for (const schedule of schedules) nextDue = Math.min(nextDue, schedule.dueMs);
    if (nextDue === Number.POSITIVE_INFINITY) return;
    if (!sleepUntil(Math.max(nextDue, wakeFrom))) return;
    const time = now();
    wakeFrom = Math.max(wakeFrom, time - burstMs) + leastGapMs;
    for (let i = 0; i < schedules.length; i += 1) {
      const schedule = schedules[i]!;
      if (schedule.dueMs > time) continue;
      while (schedule.dueMs <= time) {
        schedule.next += 1;
        schedule.dueMs = dueTime(schedule);
      }
      Atomics.store(schedule.cells, schedule.cell, schedule.next);
      Atomics.add(schedule.cells, engineCells.wakes, 1);
      Atomics.notify(schedule.cells, engineCells.wakes);
    }
  }
}

/** @returns false where the pacer was stopped meanwhile */
function sleepUntil(atMs: number): boolean {
  const spin = Math.min(spinMs, (atMs - now()) * spinShare);
  for (;;) {
    if (Atomics.load(control, controlCells.stop) === 1) return false;
    const left = atMs - now();
    if (left <= 0) return true;
    if (left > spin) Atomics.wait(control, controlCells.stop, 0, Math.min(left - spin, longestSleepMs));
  }
}
