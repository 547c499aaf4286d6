import { expect, test } from "vitest";
import { formatBytes } from "../../src/model/units.js";

test("bytes are shown in decimal units with two digits at most below ten, and whole from there", () => {
  expect([0, 8, 3.4567, 898.6546703342655, 999.4, 1000, 1_234_567, 12_345_678, -4_200_000].map(formatBytes)).toEqual([
    "0 B",
    "8 B",
    "3.5 B",
    "899 B",
    "999 B",
    "1 kB",
    "1.2 MB",
    "12 MB",
    "-4.2 MB",
  ]);
});
