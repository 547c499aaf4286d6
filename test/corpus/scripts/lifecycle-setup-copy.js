// Each user has its own copy of what setup returned.
import { check } from "k6";

export const options = { scenarios: { a: { executor: "per-vu-iterations", vus: 3, iterations: 1 } } };

export function setup() {
  return { n: 0 };
}

export default function (data) {
  data.n += 1;
  check(data, { "is mine alone": (d) => d.n === 1 });
}

export function teardown(data) {
  check(data, { "is as setup left it": (d) => d.n === 0 });
}
