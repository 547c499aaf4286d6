import { check, sleep } from "k6";
import { SharedArray } from "k6/data";
import exec from "k6/execution";
import http from "k6/http";

// As many VUs as arrivals: a machine that is busy with other things delays an arrival here, and drops none.
const users = new SharedArray("users", () => {
  console.log("users built");
  return [{ name: "ada" }, { name: "bob" }, { name: "eve" }];
});

export const options = {
  scenarios: {
    steady: { executor: "constant-arrival-rate", rate: 101, duration: "3s", preAllocatedVUs: 300 },
    ramp: {
      executor: "ramping-arrival-rate",
      startRate: 0,
      stages: [{ duration: "2s", target: 60 }],
      preAllocatedVUs: 60,
    },
    shared: { executor: "shared-iterations", vus: 3, iterations: 11 },
    each: { executor: "per-vu-iterations", vus: 5, iterations: 3 },
  },
  thresholds: { "http_req_failed{scenario:steady}": ["rate==0"], checks: ["rate==1"] },
};

export function setup() {
  console.log("setup ran");
  return { token: "t-1" };
}

export default function (data) {
  const { name, iterationInTest } = exec.scenario;
  const user = users[iterationInTest % users.length];
  const response = http.get(
    `${__ENV.BASE_URL}/?s=${name}&n=${iterationInTest}&vu=${exec.vu.idInTest}&token=${data.token}&user=${user.name}`,
    { tags: { name: "/" } },
  );
  check(response, { answered: (r) => r.status === 200 });
  if (__ENV.ABORT_AT !== undefined && name === "steady" && iterationInTest === Number(__ENV.ABORT_AT)) {
    exec.test.abort("seen enough");
  }
  sleep(0.02);
}

export function teardown(data) {
  console.log(`teardown saw ${data.token}`);
}

export function handleSummary(data) {
  return { stdout: `${data.metrics.http_reqs.values.count} requests\n` };
}
