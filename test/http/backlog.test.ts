import type { Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { Backlog } from "../../src/http/backlog.js";
import type { Exchange } from "../../src/http/exchange.js";
import { get, makeClient, type RawServer, rawServer, requestOf } from "./server.js";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const whole = (socket: Socket): void => {
  socket.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody");
};

/** A server that answers `count` requests in one moment, when it has them all; later ones at once. */
async function stalling(count: number, answer: (socket: Socket) => void) {
  const waiting: Socket[] = [];
  let answeredMs = 0;
  const server: RawServer = await rawServer((socket) => {
    if (answeredMs > 0) {
      answer(socket);
      return;
    }
    waiting.push(socket);
    if (waiting.length < count) return;
    answeredMs = performance.now();
    for (const one of waiting) answer(one);
  });
  const client = makeClient();
  closers.push(
    () => client.close(),
    () => server.close(),
  );
  return { url: server.url, client, answeredMs: () => answeredMs };
}

/** What a script does with its answer, before it lets go of the thread. */
function work(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

async function burst(
  target: Awaited<ReturnType<typeof stalling>>,
  count: number,
  workMs: number,
  timeoutMs = 10_000,
): Promise<Exchange[]> {
  const one = async (): Promise<Exchange> => {
    const exchange = await get(target.client, target.url, { timeoutMs });
    work(workMs);
    return exchange;
  };
  return Promise.all(Array.from({ length: count }, one));
}

test("answers that came at once are timed when they came, not when the script had done with those before", async () => {
  const count = 200;
  const target = await stalling(count, whole);
  const exchanges = await burst(target, count, 1);
  expect(performance.now() - target.answeredMs()).toBeGreaterThan(count);
  const seen = exchanges.map(({ endMs }) => endMs - target.answeredMs()).sort((a, b) => a - b);
  expect(exchanges.every(({ status, body }) => status === 200 && body.toString() === "body")).toBe(true);
  expect(seen.at(-1)).toBeLessThan(count / 2);
  // In its turn each goes on to the next request over the same connection.
  const next = await get(target.client, target.url);
  expect([next.status, next.reused]).toEqual([200, true]);
});

test("an answer that waits is complete, whatever its connection does next", async () => {
  const count = 100;
  const target = await stalling(count, (socket) => socket.end("HTTP/1.0 200 OK\r\n\r\nuntil the end"));
  const exchanges = await burst(target, count, 1);
  expect(new Set(exchanges.map(({ error, body }) => error?.message ?? body.toString()))).toEqual(
    new Set(["until the end"]),
  );
});

test("an answer that came in time is no timeout because it had to wait", async () => {
  const count = 100;
  const target = await stalling(count, whole);
  const exchanges = await burst(target, count, 8, 400);
  expect(performance.now() - target.answeredMs()).toBeGreaterThan(800);
  expect(exchanges.filter(({ error }) => error !== null)).toEqual([]);
});

test("large answers in a burst all come whole, also those that go on while others wait", async () => {
  const count = 24;
  const size = 2 * 1024 * 1024;
  const body = Buffer.alloc(size, "x");
  const target = await stalling(count, (socket) => {
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`);
    socket.write(body);
  });
  const exchanges = await burst(target, count, 1);
  expect(exchanges.map((exchange) => exchange.body.equals(body))).toEqual(Array(count).fill(true));
});

test("what a server says on connections that nobody uses is the answer to no request, however many say it at once", async () => {
  const count = 40;
  const sockets: Socket[] = [];
  const target = await stalling(count, (socket) => {
    sockets.push(socket);
    whole(socket);
  });
  await burst(target, count, 0);
  for (const socket of sockets)
    socket.end("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  await new Promise((done) => setTimeout(done, 20));
  const exchanges = await burst(target, count, 0);
  expect(exchanges.map(({ status }) => status)).toEqual(Array(count).fill(200));
});

test("what comes after an answer that waits is the answer to no request", async () => {
  const count = 40;
  // A read takes 64 kB: what follows is one of its own.
  const head = "HTTP/1.1 200 OK\r\nContent-Length: 65000\r\nX-Fill: ";
  const fill = "x".repeat(65_536 - 65_000 - head.length - 4);
  const answer = `${head}${fill}\r\n\r\n${"b".repeat(65_000)}`;
  const target = await stalling(count, (socket) =>
    socket.write(`${answer}HTTP/1.1 500 Nobody Asked\r\nContent-Length: 0\r\n\r\n`),
  );
  // As a redirect does: the next request goes out before the answer to the first is left.
  const twice = (): Promise<Exchange> =>
    new Promise((resolve, reject) => {
      const request = requestOf(target.url);
      target.client.send(request, {
        onExchange: () => target.client.send(request, { onExchange: resolve, onAborted: reject }),
        onAborted: reject,
      });
    });
  const second = await Promise.all(Array.from({ length: count }, twice));
  // Of those that are handled as they are read it cannot be told whether what follows is the next answer.
  const prompt = 8;
  const right = second.filter(({ status, body }) => status === 200 && body.length === 65_000);
  expect(right.length).toBeGreaterThanOrEqual(count - prompt);
});

describe("readers", () => {
  /** `count` connections of which something is read in this turn; those that must wait keep `bytes`. */
  function read(backlog: Backlog, count: number, bytes: number) {
    const caughtUp: number[] = [];
    let waiting = 0;
    for (let i = 0; i < count; i += 1) {
      const reader = {
        catchUp() {
          caughtUp.push(i);
          backlog.drop(bytes);
        },
      };
      backlog.count(reader);
      if (backlog.isFree) continue;
      waiting += 1;
      backlog.keep(reader, bytes, true);
    }
    return { caughtUp, waiting };
  }
  const turn = (): Promise<void> => new Promise((done) => setImmediate(done));

  test("beyond the first eight catch up in later turns, in their order, sixteen a turn", async () => {
    const { caughtUp, waiting } = read(new Backlog(), 50, 1000);
    expect([waiting, caughtUp.length]).toEqual([42, 0]);
    await turn();
    expect(caughtUp).toHaveLength(16);
    await turn();
    await turn();
    expect(caughtUp).toEqual(Array.from({ length: 42 }, (_, i) => i + 8));
  });

  test("all catch up at once where they would keep too much", () => {
    const megabyte = 1024 * 1024;
    const { caughtUp } = read(new Backlog(), 40, megabyte);
    expect(caughtUp.length).toBeGreaterThanOrEqual(16);
  });

  test("one connection that reads on and on keeps nobody waiting", () => {
    const backlog = new Backlog();
    const reader = { catchUp() {} };
    for (let i = 0; i < 100; i += 1) {
      backlog.count(reader);
      expect(backlog.isFree).toBe(true);
    }
  });
});
