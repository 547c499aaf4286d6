import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { deliver, type Undelivered } from "../../src/http/deliveries.js";
import { Exchange, type Receiver } from "../../src/http/exchange.js";
import { parseUrl } from "../../src/http/url.js";
import { get, makeClient, rawServer } from "./server.js";

/** Exchanges with times of their own, handed over in one go as by one look at the sockets, and who heard of what when. */
function burst(endsMs: readonly number[]) {
  const heard: number[] = [];
  const undelivered: Undelivered = new Set();
  const receiver: Receiver = { onExchange: ({ endMs }) => heard.push(endMs), onAborted: () => {} };
  const url = parseUrl("http://a.test/")!;
  const request = { method: "GET", url, headerLines: "", body: null, timeoutMs: 1000, discardBody: false };
  const exchanges = endsMs.map((endMs) => Object.assign(new Exchange(request, receiver, 0), { endMs }));
  for (const exchange of exchanges) deliver(exchange, undelivered);
  return { heard, undelivered, exchanges };
}

const turn = () => new Promise((done) => setImmediate(done));

test("answers that come apart are handed over at once", () => {
  const { heard, undelivered } = burst([1000, 1001, 1002]);
  expect(heard).toEqual([1000, 1001, 1002]);
  expect(undelivered.size).toBe(0);
});

test("of a burst the first is handed over at once, the others in order, a few at each turn of the event loop", async () => {
  const ends = Array.from({ length: 20 }, (_, i) => 2000 + i / 100);
  const { heard, undelivered } = burst(ends);
  expect(heard).toEqual([2000]);
  expect(undelivered.size).toBe(19);
  await turn();
  expect(heard.length).toBeGreaterThan(1);
  expect(heard.length).toBeLessThan(20);
  while (undelivered.size > 0) await turn();
  expect(heard).toEqual(ends);
});

test("what comes later does not overtake what waits", async () => {
  const { heard, undelivered } = burst([3000, 3000.1, 3050]);
  expect(heard).toEqual([3000]);
  while (undelivered.size > 0) await turn();
  expect(heard).toEqual([3000, 3000.1, 3050]);
});

test("who takes an exchange out while it waits is not told of it", async () => {
  const { heard, undelivered, exchanges } = burst([4000, 4000.1, 4000.2]);
  undelivered.delete(exchanges[1]!);
  await turn();
  expect(heard).toEqual([4000, 4000.2]);
});

test("a queue that never empties keeps nothing of what was handed over", async () => {
  const undelivered: Undelivered = new Set();
  const url = parseUrl("http://a.test/")!;
  const request = { method: "GET", url, headerLines: "", body: null, timeoutMs: 1000, discardBody: false };
  let left = 5000;
  // Each answer is followed by the next one, as in a closed loop whose generator is the limit.
  const again = (): void => {
    if (left-- > 0) deliver(Object.assign(new Exchange(request, receiver, 0), { endMs: 6000 }), undelivered);
  };
  const receiver: Receiver = { onExchange: again, onAborted: () => {} };
  const first = ((): WeakRef<Exchange> => {
    const exchange = Object.assign(new Exchange(request, receiver, 0), { endMs: 6000 });
    for (let i = 0; i < 100; i += 1) again();
    deliver(exchange, undelivered);
    return new WeakRef(exchange);
  })();
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  while (left > 2000) await turn();
  expect(undelivered.size).toBeGreaterThan(50);
  collect();
  expect(first.deref()).toBeUndefined();
  while (undelivered.size > 0) await turn();
});

test("a receiver that throws does not keep the others from hearing", async () => {
  const { heard, undelivered, exchanges } = burst([7000, 7000.1, 7000.2]);
  const thrown: unknown[] = [];
  const hear = (error: unknown): void => void thrown.push(error);
  Object.assign(exchanges[1]!, {
    receiver: {
      onExchange: () => {
        throw new Error("broken");
      },
    },
  });
  const others = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException").on("uncaughtException", hear);
  try {
    while (undelivered.size > 0) await turn();
  } finally {
    process.removeAllListeners("uncaughtException");
    for (const other of others) process.on("uncaughtException", other);
  }
  expect(heard).toEqual([7000, 7000.2]);
  expect(thrown).toHaveLength(1);
});

test("requests whose answers wait end with the reason when the client drops everything", async () => {
  const server = await rawServer((socket) => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"));
  // By a clock that stands still every answer is part of a burst.
  const client = makeClient({ now: () => 5000 });
  try {
    const outcomes = Array.from({ length: 30 }, () =>
      get(client, server.url).then(
        ({ status }) => status,
        (reason: Error) => reason.message,
      ),
    );
    while (client.undelivered.size === 0) await turn();
    client.abortAll(new Error("enough"));
    expect(client.undelivered.size).toBe(0);
    const told = await Promise.all(outcomes);
    expect(told).toContain("enough");
    expect(told.every((one) => one === 200 || one === "enough")).toBe(true);
  } finally {
    client.close();
    await server.close();
  }
});
