// The check of k6-utils waits for promises.
import { check as plain } from "k6";
import { check } from "https://jslib.k6.io/k6-utils/1.5.0/index.js";

const later = (value) => new Promise((resolve) => setTimeout(() => resolve(value), 20));

export default async function () {
  const passed = await check(1, { promise: later(true), "async function": async (value) => (await later(value)) === 1 });
  const failed = await check(1, { no: later(false) });
  plain(null, { "at once": () => check(1, { plain: (value) => value === 1 }) === true, told: () => passed && !failed });
}
