import { MessageChannel } from "node:worker_threads";
import { afterEach, expect, test } from "vitest";
import { engineCells, listenToPacer } from "../../src/load/pacer.js";

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** An engine's link, and the pacer's side of it: what the thread does for each arrival that falls due. */
function linked(onDue: (scenario: number, dueCount: number) => void) {
  const { port1, port2 } = new MessageChannel();
  const cells = new Int32Array(new SharedArrayBuffer(4 * engineCells.count(2)));
  let sent = 0;
  const due = (scenario: number, count: number): void => {
    Atomics.store(cells, engineCells.due(scenario), count);
    if (Atomics.exchange(cells, engineCells.woken, 1) === 1) return;
    sent += 1;
    port2.postMessage(undefined);
  };
  const unlisten = listenToPacer({ cells, port: port1 }, onDue);
  ends.push(unlisten, () => port2.close());
  return { due, unlisten, sent: () => sent };
}

const turns = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i += 1) await new Promise((done) => setImmediate(done));
};

test("what falls due before the engine looks is one message, and is taken at once", async () => {
  const seen: number[][] = [];
  const { due, sent } = linked((...arrival) => seen.push(arrival));
  for (let count = 1; count <= 50; count += 1) due(0, count);
  due(1, 3);
  await turns(5);
  expect(sent()).toBe(1);
  expect(seen).toEqual([
    [0, 50],
    [1, 3],
  ]);
});

test("what falls due while the engine takes arrivals is not lost", async () => {
  const seen: number[] = [];
  const { due } = linked((_, count) => {
    seen.push(count);
    if (count < 20) due(0, count + 1);
  });
  due(0, 1);
  await turns(60);
  expect(seen).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
});

test("an engine that listens no more is told nothing, not even what was on its way", async () => {
  const seen: number[] = [];
  const { due, unlisten } = linked((_, count) => seen.push(count));
  due(0, 1);
  unlisten();
  due(0, 2);
  await turns(5);
  expect(seen).toEqual([]);
});
