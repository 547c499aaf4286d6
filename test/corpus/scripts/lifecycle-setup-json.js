// What setup returns passes through JSON.
import { check } from "k6";

export function setup() {
  return { when: new Date(0), fn: () => 1, list: [1, undefined] };
}

export default function (data) {
  check(data, {
    "a date is text": (d) => d.when === "1970-01-01T00:00:00.000Z",
    "a function is gone": (d) => d.fn === undefined,
    "undefined is null": (d) => d.list[1] === null,
  });
}
