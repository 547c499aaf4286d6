import { expect, test } from "vitest";
import { fieldText, formText } from "../../src/k6/form-text.js";

test.each([
  [1.5, "1.5"],
  [1_234_567.5, "1.2345675e+06"],
  [0.0001, "0.0001"],
  [0.000_012_34, "1.234e-05"],
  [1e21, "1e+21"],
  [2_500_000, "2500000"],
  [-0, "-0"],
  [Number.POSITIVE_INFINITY, "+Inf"],
  [true, "true"],
  [undefined, "<nil>"],
  [["a", null, [1]], "[a <nil> [1]]"],
  [{ b: 1, a: { c: [] } }, "map[a:map[c:[]] b:1]"],
  [new Uint8Array([1, 2]), "[1 2]"],
  [new Map([[1, 2]]), "[[1 2]]"],
])("a field of %j is sent as %s, as k6 prints it", (value, text) => {
  expect(fieldText(value)).toBe(text);
});

test("a form goes by the order of its names, with a field for each value of a list", () => {
  expect(
    formText([
      ["b", "~*'() /"],
      ["a", [1, "x"]],
      ["c", []],
      ["d", null],
    ]),
  ).toBe("a=1&a=x&b=~%2A%27%28%29+%2F&d=%3Cnil%3E");
});
