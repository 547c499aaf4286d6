import { parentPort, workerData } from "node:worker_threads";
import { monotonicClock } from "./clock.js";
import { controlCells, engineCells, type PacerStart } from "./pacer.js";
import { arrivalsOf } from "./schedule.js";
import { shareOf } from "./share.js";
import { Sleeper } from "./sleeper.js";

/** Of the time to the next arrival, at most: an engine on the same core needs the rest. */
const spinShare = 0.05;
// Waking and being woken cost some 50 µs a time. Beyond 5,000 arrivals a second several share one, up to 0.2 ms late;
// at lower rates those that chance brings close together, as Poisson's do, have ten wake-ups of their own in reserve.
const leastGapMs = 0.2;
const burstMs = 10 * leastGapMs;
/** An engine that wakes by itself is woken so much later, if it did not. */
const restGraceMs = 0.15;
/** Between wake-ups of an engine that is so busy that it takes arrivals by itself. */
const busyGapMs = 1;

const { control, beginsAt, scenarios, engines } = workerData as PacerStart;
const now = monotonicClock();
const sleeper = new Sleeper(now, control, controlCells.stop, spinShare);

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

function graceOf({ cells }: Schedule): number {
  return Atomics.load(cells, engineCells.resting) === 1 ? restGraceMs : 0;
}

function pace(): void {
  let wakeFrom = Number.NEGATIVE_INFINITY;
  let gapMs = leastGapMs;
  for (;;) {
    let nextDue = Number.POSITIVE_INFINITY;
    for (const schedule of schedules) nextDue = Math.min(nextDue, schedule.dueMs + graceOf(schedule));
    if (nextDue === Number.POSITIVE_INFINITY) return;
    if (!sleeper.until(Math.max(nextDue, wakeFrom))) return;
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
      // One that rests has taken what was due for another reason than that it never sleeps.
      if (taken <= oldest || graceOf(schedule) > 0) busy = false;
      if (taken >= schedule.next) continue;
      Atomics.store(schedule.cells, engineCells.resting, 0);
      Atomics.store(schedule.cells, schedule.dueCell, schedule.next);
      if (Atomics.exchange(schedule.cells, engineCells.woken, 1) === 0) schedule.port.postMessage(undefined);
    }
    if (!busy) gapMs = Math.max(leastGapMs, gapMs / 2);
    else if (several) gapMs = Math.min(busyGapMs, gapMs * 1.25);
    wakeFrom = Math.max(wakeFrom, time - Math.max(burstMs, gapMs)) + gapMs;
  }
}
