import { describe, expect, test } from "vitest";
import { median } from "../../src/stats/median.js";
import { floorOf, theilSen } from "../../src/stats/theil-sen.js";

const points = (xs: readonly number[], y: (x: number) => number) => xs.map((x) => ({ x, y: y(x) }));
const seconds = Array.from({ length: 3600 }, (_, i) => i);

describe("Theil and Sen's line", () => {
  test("agrees with SciPy (method joint)", () => {
    const ys = [1, 3, 2, 5, 9, 6];
    const line = theilSen([0, 1, 2, 3, 4, 7].map((x, i) => ({ x, y: ys[i]! })));
    expect(line).toEqual({ slope: 1, intercept: 1.5 });
  });

  test("is exact on a line and unmoved by a quarter of wild points", () => {
    const line = theilSen(points([...Array(20).keys()], (x) => (x % 4 === 0 ? 1e6 : 3 + 2 * x)));
    expect(line!.slope).toBeCloseTo(2, 1);
    expect(theilSen(points([1, 2, 5], (x) => 3 + 2 * x))).toEqual({ slope: 2, intercept: 3 });
  });

  test("needs two different x", () => {
    expect(theilSen([])).toBeUndefined();
    expect(theilSen(points([4, 4], () => 1))).toBeUndefined();
  });
});

describe("the floor", () => {
  test("of a saw-tooth with a 40 s cycle is its slow rise, not its teeth", () => {
    const leakPerHour = 20;
    const floors = floorOf(
      points(seconds, (x) => 100 + ((x % 40) / 40) * 60 + (x / 3600) * leakPerHour),
      60,
    );
    expect(floors).toHaveLength(60);
    expect(theilSen(floors)!.slope * 3600).toBeCloseTo(leakPerHour, 0);
  });

  test("leaves out a last span that is less than half full, unless it is the only one", () => {
    expect(
      floorOf(
        points(seconds.slice(0, 80), (x) => -x),
        60,
      ),
    ).toEqual([{ x: 59, y: -59 }]);
    expect(
      floorOf(
        points(seconds.slice(0, 100), (x) => -x),
        60,
      ),
    ).toHaveLength(2);
    expect(
      floorOf(
        points([0, 5], (x) => x),
        60,
      ),
    ).toEqual([{ x: 0, y: 0 }]);
  });

  test("survives a gap in the samples, and none at all", () => {
    expect(
      floorOf(
        points([0, 10, 500, 580], (x) => x),
        60,
      ).map((p) => p.x),
    ).toEqual([0, 500, 580]);
    expect(floorOf([], 60)).toEqual([]);
  });
});

test("the median of an even number lies between the middle two", () => {
  expect([median([3, 1, 2]), median([4, 1, 3, 2])]).toEqual([2, 2.5]);
});
