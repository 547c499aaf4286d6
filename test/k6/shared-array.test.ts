import { expect, test } from "vitest";
import { adoptSharedArrays, packSharedArrays, sharedArrayKey } from "../../src/k6/shared-array.js";

const elements = [{ name: "Zoë", tags: ["a", "b"] }, 3, "€ 5", null, [1, [2]], true];
const handedOver = (): unknown[] => {
  const shared = new Map<string, unknown>([
    [sharedArrayKey("users"), elements],
    [sharedArrayKey("none"), []],
    ["k6/http:rps", { delayMs() {} }],
  ]);
  // As a thread's port would copy it.
  const packed = structuredClone(packSharedArrays(shared));
  expect(Object.keys(packed)).toEqual(["k6/data:users", "k6/data:none"]);
  const adopted = new Map<string, unknown>();
  adoptSharedArrays(adopted, packed);
  expect(adopted.get(sharedArrayKey("none"))).toEqual([]);
  return adopted.get(sharedArrayKey("users")) as unknown[];
};

test("a SharedArray of another thread reads like the array itself", () => {
  const array = handedOver();
  expect(Array.isArray(array)).toBe(true);
  expect(array.length).toBe(6);
  expect([...array]).toEqual(elements);
  expect(array.map((element) => element)).toEqual(elements);
  expect(array.filter((element) => typeof element === "string")).toEqual(["€ 5"]);
  expect(array.indexOf("€ 5")).toBe(2);
  expect(array.at(-1)).toBe(true);
  expect(array[6]).toBeUndefined();
  expect(Object.keys(array)).toEqual(["0", "1", "2", "3", "4", "5"]);
  expect(JSON.stringify(array)).toBe(JSON.stringify(elements));
  expect(5 in array && !(6 in array)).toBe(true);
});

test("a SharedArray of another thread cannot be changed, neither can its elements", () => {
  const array = handedOver();
  expect(() => {
    array[0] = 1;
  }).toThrow(TypeError);
  expect(() => array.push(1)).toThrow(TypeError);
  expect(() => array.sort()).toThrow(TypeError);
  expect(() => {
    (array[0] as { name: string }).name = "else";
  }).toThrow(TypeError);
  expect(array.length).toBe(6);
});

test("its text is in memory once, for all threads", () => {
  const packed = packSharedArrays(new Map([[sharedArrayKey("users"), elements]]));
  const copy = structuredClone(packed)[sharedArrayKey("users")]!;
  new Uint8Array(copy.text)[0] = 0x5b;
  expect(new Uint8Array(packed[sharedArrayKey("users")]!.text)[0]).toBe(0x5b);
});
