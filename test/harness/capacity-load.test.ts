import { describe, expect, test } from "vitest";
import { ownRateOf, scenariosAtRate } from "../../src/harness/capacity-load.js";
import { isLoopback, refuseRemote } from "../../src/harness/capacity-target.js";
import { makePlan } from "../../src/script/plan.js";

function planOf(exported: unknown) {
  return makePlan({ config: {}, exported, env: {}, flags: {}, exportNames: ["default", "browse", "buy"] });
}
const load = { rate: 600, stepMs: 10_000, preAllocatedVUs: 60, maxVUs: 600 };
const pool = { preAllocatedVUs: 1, maxVUs: 5 };

describe("a script at another rate", () => {
  test("keeps each scenario's function, environment, tags and share of the load", () => {
    const plan = planOf({
      scenarios: {
        browse: {
          executor: "constant-arrival-rate",
          exec: "browse",
          rate: 120,
          timeUnit: "1m",
          duration: "1m",
          ...pool,
        },
        buy: {
          executor: "ramping-arrival-rate",
          exec: "buy",
          env: { CART: "1" },
          tags: { kind: "write" },
          startTime: "30s",
          stages: [{ duration: "1m", target: 4 }],
          ...pool,
        },
      },
    });
    expect(ownRateOf(plan)).toBe(6);
    expect(scenariosAtRate(plan, load)).toMatchObject({
      browse: { exec: "browse", rate: 200, timeUnit: "1s", duration: "10000ms", preAllocatedVUs: 20, maxVUs: 200 },
      buy: { exec: "buy", rate: 400, env: { CART: "1" }, tags: { kind: "write" }, maxVUs: 400 },
    });
    // All of it is a plan again, and nothing waits for a start time.
    const again = planOf({ scenarios: scenariosAtRate(plan, load) });
    expect(again.scenarios.every(({ startTimeMs }) => startTimeMs === 0)).toBe(true);
    expect(ownRateOf(again)).toBe(600);
  });

  test("of a closed model becomes an open one, with no rate of its own", () => {
    const plan = planOf({ vus: 3, duration: "1m" });
    expect(ownRateOf(plan)).toBeNull();
    expect(scenariosAtRate(plan, load)).toMatchObject({ default: { executor: "constant-arrival-rate", rate: 600 } });
  });

  test("lasts longer where few arrivals would come", () => {
    const plan = planOf({ vus: 1, duration: "1m" });
    const durationOf = (rate: number) =>
      (scenariosAtRate(plan, { ...load, rate }).default as { duration: string }).duration;
    expect(durationOf(2)).toBe("60000ms");
    expect(durationOf(1)).toBe("120000ms");
    expect(durationOf(12)).toBe("10000ms");
  });
});

describe("a target that is not this machine", () => {
  test.each([
    ["localhost", true],
    ["api.localhost", true],
    ["127.0.0.1", true],
    ["127.9.9.9", true],
    ["[::1]", true],
    [new URL("http://[::ffff:127.0.0.1]/").hostname, true],
    ["127.0.0.1.example.com", false],
    ["localhost.example.com", false],
    ["10.0.0.1", false],
    ["[::2]", false],
  ])("%s is loopback: %s", (host, expected) => {
    expect(isLoopback(host)).toBe(expected);
  });

  test("needs the user's word, whether it is the target or what the script is told, and no secret is shown", () => {
    const remote = "https://user:hunter2@shop.example/";
    for (const texts of [[remote], ["load.js", "1000", remote]]) {
      expect(() => refuseRemote(texts, false)).toThrowError(
        expect.objectContaining({ code: "capacity.remote", found: expect.not.stringContaining("hunter2") }),
      );
      expect(() => refuseRemote(texts, true)).not.toThrow();
    }
    expect(() => refuseRemote(["load.js", "http://127.0.0.1:1/", "v2"], false)).not.toThrow();
  });
});
