import fc from "fast-check";
import { expect, test } from "vitest";
import { type LedgerContent, ledgerLine, readLedger } from "../../src/checklist/ledger.js";
import { ledgerOf, now } from "./worlds.js";

const word = (item: string): LedgerContent => ({
  kind: "attest",
  checklist: "c.md",
  item,
  text: `Text of ${item}`,
  by: "Ada",
});
const { text, entries } = ledgerOf(word("a"), word("b"), word("c"));
const lines = text.split("\n").slice(0, -1);
const joined = (parts: readonly string[]) => parts.map((line) => `${line}\n`).join("");

test("what was written is read", () => {
  expect(readLedger(text)).toEqual({ entries });
  expect(readLedger("")).toEqual({ entries: [] });
});

test("a change of any byte is found", () => {
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.integer({ min: 32, max: 126 }), (at, code) => {
      const sign = String.fromCharCode(code);
      fc.pre(sign !== text[at]);
      expect(readLedger(text.slice(0, at) + sign + text.slice(at + 1)).trouble).toBeDefined();
    }),
    { numRuns: 500 },
  );
});

test("a missing line is a gap, and its place is named", () => {
  expect(readLedger(joined([lines[0]!, lines[2]!])).trouble).toMatchObject({
    line: 2,
    reason: "The numbers have a gap.",
  });
});

test("a line that was made anew does not fit the one after it", () => {
  const forged = ledgerLine(word("x"), entries[0], now).trimEnd();
  expect(readLedger(joined([lines[0]!, forged, lines[2]!])).trouble).toMatchObject({
    line: 3,
    reason: "The line does not follow the one before it.",
  });
});

test("time that runs backwards is found, also where every hash fits", () => {
  const later = { ...entries[0]!, at: "2030-01-01T00:00:00.000Z" };
  const first = ledgerLine(word("a"), undefined, new Date(later.at));
  const last = JSON.parse(first) as (typeof entries)[number];
  const honest = ledgerLine(word("b"), last, now);
  expect(readLedger(first + honest).trouble).toBeUndefined();
  const back = ledgerLine(word("b"), { ...last, at: "2000-01-01T00:00:00.000Z" }, now);
  expect(readLedger(first + back).trouble).toMatchObject({ line: 2, reason: "Time runs backwards." });
});

test("a last line without its end was cut off", () => {
  expect(readLedger(text.slice(0, -1)).trouble).toMatchObject({ line: 3 });
  expect(readLedger(text.slice(0, -40)).trouble).toMatchObject({ line: 3 });
});
