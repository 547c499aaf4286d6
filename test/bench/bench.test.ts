import { connect } from "node:net";
import { expect, test } from "vitest";
import { gapsUs, latenessUs, median, quantileOf } from "../../bench/arrivals.mjs";
import { onPath } from "../../bench/processes.mjs";
import { table } from "../../bench/table.mjs";
import { startTarget } from "../../bench/target.mjs";

const us = (...values: number[]): bigint[] => values.map((value) => BigInt(value) * 1000n + 7_000_000_000n);

test("a perfect schedule has no lateness wherever it begins", () => {
  expect([...latenessUs(us(0, 1000, 2000, 3000), 1000)]).toEqual([0, 0, 0, 0]);
});

test("late arrivals are late against the schedule, not against one another", () => {
  expect([...latenessUs(us(0, 1500, 2500, 3000), 1000)]).toEqual([0, 500, 500, 0]);
});

test("a late first arrival does not make the others early", () => {
  expect([...latenessUs(us(300, 1000, 2000), 1000)]).toEqual([300, 0, 0]);
});

test("a missing arrival shows as lateness of the later ones", () => {
  expect([...latenessUs(us(0, 1000, 3000, 4000), 1000)]).toEqual([0, 0, 1000, 1000]);
});

test("gaps, quantiles and medians", () => {
  expect([...gapsUs(us(0, 5, 25))]).toEqual([5, 20]);
  expect(gapsUs([])).toHaveLength(0);
  expect([0, 0.5, 0.99, 1].map((q) => quantileOf([4, 1, 3, 2], q))).toEqual([1, 2, 4, 4]);
  expect(quantileOf([], 0.5)).toBeNaN();
  expect([median([3, 1, 2]), median([4, 1, 2, 3]), median([])]).toEqual([2, 2.5, Number.NaN]);
});

test("the table names every case and holds it against the first", () => {
  const rows = [
    { name: "ours", late: 50 },
    { name: "theirs", late: 125 },
  ];
  expect(table(rows, { late: "late µs" }, "late")).toBe(
    [
      "|        | late µs | late µs, ratio |",
      "|--------|--------:|---------------:|",
      "| ours   |   50.00 |           1.00 |",
      "| theirs |     125 |           2.50 |",
    ].join("\n"),
  );
});

/** Sends bytes in the given pieces over one connection, and waits for as many answers. */
function exchange(url: string, pieces: readonly string[], answers: number): Promise<string> {
  return new Promise((done, fail) => {
    const socket = connect({ port: Number(new URL(url).port), host: "127.0.0.1", noDelay: true });
    let text = "";
    socket.on("error", fail).on("data", (bytes) => {
      text += bytes;
      if (text.split('{"status":"ok"}').length > answers) socket.end(() => done(text));
    });
    const send = (at: number): void => {
      if (at < pieces.length) socket.write(pieces[at]!, () => setTimeout(send, 5, at + 1));
    };
    send(0);
  });
}

test.for(["c", "node"] as const)(
  "the %s server stamps every request once, also torn and pipelined ones",
  async (kind, { skip }) => {
    if (kind === "c" && onPath("cc") === undefined) skip("no C compiler here");
    const target = await startTarget({ kind });
    try {
      const before = process.hrtime.bigint();
      const request = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";
      await exchange(target.url, [request], 1);
      await exchange(target.url, [request.slice(0, -2), "\r\n"], 1);
      await exchange(target.url, [request + request + request], 3);
      const stamps = await target.stamps();
      expect(stamps).toHaveLength(5);
      for (const stamp of stamps) {
        expect(stamp).toBeGreaterThanOrEqual(before);
        expect(stamp).toBeLessThanOrEqual(process.hrtime.bigint());
      }
      await target.reset();
      expect(await target.stamps()).toHaveLength(0);
    } finally {
      await target.stop();
    }
  },
);
