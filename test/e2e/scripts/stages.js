import { check, group, sleep } from "k6";
import exec from "k6/execution";
import http from "k6/http";
import { Counter, Trend } from "k6/metrics";

const bought = new Counter("bought");
const size = new Trend("body_size");

export const options = {
  scenarios: {
    browse: { executor: "per-vu-iterations", vus: 2, iterations: 3, exec: "browse", tags: { kind: "browse" } },
    buy: { executor: "shared-iterations", vus: 2, iterations: 4, exec: "buy", startTime: "200ms", env: { ITEM: "7" } },
  },
  thresholds: {
    bought: ["count==4"],
    "http_req_duration{kind:browse}": ["p(95)<5000"],
    "checks{check:found}": ["rate==1"],
  },
};

export function setup() {
  return { token: http.get(`${__ENV.BASE_URL}/health`).status };
}

export function browse(data) {
  group("browsing", () => {
    const response = http.get(`${__ENV.BASE_URL}/api/items?limit=3`);
    size.add(response.body.length);
    check(response, { found: (r) => r.status === 200 });
  });
  if (data.token !== 200) throw new Error("setup data is missing");
}

export function buy() {
  const response = http.post(
    `${__ENV.BASE_URL}/api/items`,
    JSON.stringify({ name: `item ${__ENV.ITEM} of ${exec.scenario.name}`, price: 2 }),
    { headers: { "Content-Type": "application/json" } },
  );
  if (response.status === 201) bought.add(1);
  sleep(0.01);
}

export function teardown(data) {
  console.log(`teardown saw ${data.token}`);
}

export function handleSummary(data) {
  return {
    "summary.json": JSON.stringify({
      reqs: data.metrics.http_reqs.values.count,
      bought: data.metrics.bought.values.count,
    }),
    stdout: `made ${data.metrics.iterations.values.count} iterations\n`,
  };
}
