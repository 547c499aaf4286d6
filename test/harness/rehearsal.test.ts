import { expect, test } from "vitest";
import { isWorthRehearsing } from "../../src/harness/rehearsal.js";
import { makePlan } from "../../src/script/plan.js";

const planOf = (exported: unknown) => makePlan({ exported, exportNames: ["default"], config: {}, env: {}, flags: {} });
const arrivals = (duration: string) =>
  planOf({ scenarios: { a: { executor: "constant-arrival-rate", rate: 10, duration, preAllocatedVUs: 1 } } });
const http = { modules: ["k6", "k6/http"] };

test("a run with due times and HTTP is rehearsed, unless it is only a look", () => {
  expect(isWorthRehearsing(arrivals("5s"), http)).toBe(true);
  expect(isWorthRehearsing(arrivals("4s"), http)).toBe(false);
});

test("a closed model has no due times to keep, and a script without HTTP nothing to rehearse", () => {
  expect(isWorthRehearsing(planOf({ vus: 1, duration: "1m" }), http)).toBe(false);
  expect(isWorthRehearsing(arrivals("1m"), { modules: ["k6", "k6/ws"] })).toBe(false);
});
