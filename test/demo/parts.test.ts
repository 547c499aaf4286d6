import { expect, test } from "vitest";
import { startAlarm } from "../../src/demo/alarm.js";
import { ItemStore } from "../../src/demo/items.js";
import { seededRandom } from "../../src/demo/latency.js";
import { RateLimit } from "../../src/demo/limit.js";
import { Tokens } from "../../src/demo/tokens.js";

test("created items are kept in a ring: the newest thousand are there, older ones are not", () => {
  const items = new ItemStore(seededRandom(1));
  for (let i = 0; i < 2500; i += 1) items.create(`made ${i}`, i);
  expect(items.find(1001).body).toBeUndefined();
  expect(items.find(2500).body).toBeUndefined();
  expect(JSON.parse(items.find(2501).body!)).toMatchObject({ id: 2501, name: "made 1500" });
  expect(JSON.parse(items.find(3500).body!)).toMatchObject({ id: 3500, name: "made 2499" });
  expect(items.find(3501).body).toBeUndefined();
  expect(JSON.parse(items.find(1).body!)).toMatchObject({ id: 1 });
});

test.each([
  ["at random", (i: number) => 1 + ((i * 2_654_435_761) % 1009) / 1.009],
  ["in order", (i: number) => 1 + (i % 1000)],
])("most lookups of ids %s hit the cache, and some miss for ever", (_, idOf) => {
  const items = new ItemStore(seededRandom(1));
  let hits = 0;
  for (let i = 0; i < 20_000; i += 1) {
    if (items.find(Math.min(1000, Math.floor(idOf(i)))).hit && i >= 10_000) hits += 1;
  }
  expect(hits / 10_000).toBeGreaterThan(0.7);
  expect(hits / 10_000).toBeLessThan(0.97);
});

test("a steady rate at the limit always passes; a burst loses what exceeds one second's worth", () => {
  const steady = new RateLimit(50);
  for (let i = 0; i < 500; i += 1) expect(steady.take(i * 20)).toBe(true);
  const burst = new RateLimit(50);
  expect(Array.from({ length: 120 }, () => burst.take(1000)).filter(Boolean)).toHaveLength(50);
  expect(burst.take(1000 + 1000)).toBe(true);
});

test("a token is good for its user until it expires, and only as it was signed", () => {
  const tokens = new Tokens();
  const token = tokens.login("demo", "demo", 1000)!;
  expect(tokens.userOf(token, 1000)).toBe("demo");
  expect(tokens.userOf(token, 1000 + 3_600_000)).toBeUndefined();
  expect(tokens.userOf(token.replace("demo", "root"), 1000)).toBeUndefined();
  expect(tokens.userOf("", 1000)).toBeUndefined();
  expect(new Tokens().userOf(token, 1000)).toBeUndefined();
  expect(tokens.login("demo", "wrong", 1000)).toBeUndefined();
  expect(tokens.login("constructor", "x", 1000)).toBeUndefined();
});

test("the alarm calls in order of due time, and on time to well below a millisecond in the median", async () => {
  const alarm = startAlarm();
  const calls: { due: number; late: number }[] = [];
  // The first call waits for the sleeper's start.
  await new Promise<void>((done) => alarm.at(alarm.now() + 1, done));
  const random = seededRandom(5);
  await Promise.all(
    Array.from({ length: 300 }, () => {
      const due = alarm.now() + 5 + random() * 300;
      return new Promise<void>((done) =>
        alarm.at(due, () => {
          calls.push({ due, late: alarm.now() - due });
          done();
        }),
      );
    }),
  );
  await alarm.close();
  expect(calls.map((call) => call.due)).toEqual(calls.map((call) => call.due).sort((a, b) => a - b));
  const lates = calls.map((call) => call.late).sort((a, b) => a - b);
  expect(lates[0]).toBeGreaterThan(-0.2);
  expect(lates[150]).toBeLessThan(0.5);
});

test("closing the alarm calls what is outstanding", async () => {
  const alarm = startAlarm();
  let called = 0;
  alarm.at(alarm.now() + 60_000, () => {
    called += 1;
  });
  await alarm.close();
  alarm.at(alarm.now() + 60_000, () => {
    called += 1;
  });
  expect(called).toBe(2);
});
