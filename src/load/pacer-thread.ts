import { parentPort, workerData } from "node:worker_threads";
import { monotonicClock } from "./clock.js";
import { controlCells, engineCells, type PacerStart } from "./pacer.js";
import { arrivalsOf } from "./schedule.js";
import { shareOf } from "./share.js";
import { sharpenTimers } from "./timer-slack.js";

/**
 * A sleep ends late; this is how late, as learnt: the median of what was seen. Sleeps end earlier by as much, and the
 * rest, if any, is spun. At most, because what is longer was not the timer but a core that had other work.
 */
let sleepLagMs = sharpenTimers() ? 0.02 : 0.06;
const mostLagMs = 0.08;
const lagStepMs = 0.0005;
/** Of the time to the next arrival, at most: an engine on the same core needs the rest. */
const spinShare = 0.05;
// Waking and being woken cost some 50 µs a time. Beyond 5,000 arrivals a second several share one, up to 0.2 ms late;
// at lower rates those that chance brings close together, as Poisson's do, have ten wake-ups of their own in reserve.
const leastGapMs = 0.2;
const burstMs = 10 * leastGapMs;
/** Between wake-ups of an engine that is so busy that it takes arrivals by itself. */
const busyGapMs = 1;
/** A bound on one sleep, so that arithmetic on far-off due times cannot matter. */
const longestSleepMs = 1000;

const { control, beginsAt, scenarios, engines } = workerData as PacerStart;
const now = monotonicClock();

parentPort!.postMessage("ready");
Atomics.wait(control, controlCells.go, 0);
// One schedule for each engine's part of each scenario.
const schedules = engines.flatMap(({ cells, port, segments }) => {
  const share = shareOf(segments);
  return scenarios.map((scenario, index) => ({
    arrivals: arrivalsOf(scenario, share),
    beginsAtMs: beginsAt[0]! + scenario.startTimeMs,
    cells,
    port,
    dueCell: engineCells.due(index),
    takenCell: engineCells.taken(index),
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
  let gapMs = leastGapMs;
  for (;;) {
    let nextDue = Number.POSITIVE_INFINITY;
    for (const schedule of schedules) nextDue = Math.min(nextDue, schedule.dueMs);
    if (nextDue === Number.POSITIVE_INFINITY) return;
    if (!sleepUntil(Math.max(nextDue, wakeFrom))) return;
    const time = now();
    let several = false;
    let busy = true;
    for (let i = 0; i < schedules.length; i += 1) {
      const schedule = schedules[i]!;
      if (schedule.dueMs > time) continue;
      const oldest = schedule.next;
      while (schedule.dueMs <= time) {
        schedule.next += 1;
        schedule.dueMs = dueTime(schedule);
      }
      if (schedule.next - oldest > 1) several = true;
      const taken = Atomics.load(schedule.cells, schedule.takenCell);
      if (taken <= oldest) busy = false;
      if (taken >= schedule.next) continue;
      Atomics.store(schedule.cells, schedule.dueCell, schedule.next);
      if (Atomics.exchange(schedule.cells, engineCells.woken, 1) === 0) schedule.port.postMessage(undefined);
    }
    if (!busy) gapMs = Math.max(leastGapMs, gapMs / 2);
    else if (several) gapMs = Math.min(busyGapMs, gapMs * 1.25);
    wakeFrom = Math.max(wakeFrom, time - Math.max(burstMs, gapMs)) + gapMs;
  }
}

/** @returns false where the pacer was stopped meanwhile */
function sleepUntil(atMs: number): boolean {
  let lead = -1;
  for (;;) {
    if (Atomics.load(control, controlCells.stop) === 1) return false;
    const time = now();
    const left = atMs - time;
    if (left <= 0) return true;
    if (lead < 0) lead = Math.min(sleepLagMs, left * spinShare);
    if (left <= lead) continue;
    const sleepMs = Math.min(left - lead, longestSleepMs);
    Atomics.wait(control, controlCells.stop, 0, sleepMs);
    const lagMs = now() - time - sleepMs;
    sleepLagMs = Math.min(mostLagMs, Math.max(0, sleepLagMs + (lagMs > sleepLagMs ? lagStepMs : -lagStepMs)));
  }
}
