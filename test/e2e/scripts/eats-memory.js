import { sleep } from "k6";
import exec from "k6/execution";

export const options = {
  scenarios: { a: { executor: "constant-arrival-rate", rate: 100, duration: "20s", preAllocatedVUs: 10 } },
};

const kept = [];

// The second VU belongs to the second worker, whose thread then finds no more memory.
export default function () {
  if (exec.vu.idInTest === 2 && exec.scenario.iterationInTest > 250) for (;;) kept.push(new Array(1000).fill(1.5));
  sleep(0.01);
}
