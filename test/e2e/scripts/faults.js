// One scenario a fault, beside a healthy one. What each request must come to is in FAULTS, as JSON by name:
// { url, code, status, timeout }.
import { check } from "k6";
import exec from "k6/execution";
import http from "k6/http";

const faults = JSON.parse(__ENV.FAULTS);

const atRate = (rate, vus, fn) => ({
  executor: "constant-arrival-rate",
  rate,
  timeUnit: "1s",
  duration: "3s",
  preAllocatedVUs: vus,
  maxVUs: vus,
  gracefulStop: "25s",
  exec: fn,
});

export const options = {
  scenarios: {
    // Enough to ride out a second in which a busy machine serves nobody.
    healthy: atRate(100, 100, "healthy"),
    ...Object.fromEntries(Object.keys(faults).map((name) => [name, atRate(faults[name].rate || 4, 6, "faulty")])),
  },
  thresholds: Object.fromEntries(
    ["healthy", ...Object.keys(faults)].map((name) => [
      `http_req_failed{scenario:${name}}`,
      [name === "healthy" || faults[name].code === 0 ? "rate==0" : "rate==1"],
    ]),
  ),
};

export function healthy() {
  const response = http.get(`${__ENV.HEALTHY}/`);
  check(response, { "healthy is answered": (r) => r.status === 200 && r.body === "ok" });
}

export function faulty() {
  const name = exec.scenario.name;
  const { url, code, status, timeout } = faults[name];
  const response = http.get(url, { timeout: timeout || "5s", tags: { name } });
  const seen = `${response.error_code} ${response.status}`;
  check(response, { [name]: () => seen === `${code} ${status}` });
  if (seen !== `${code} ${status}`) console.error(`${name}: ${seen} instead of ${code} ${status}: ${response.error}`);
  if (code !== 0) check(response, { "an error has words": (r) => r.error !== "" });
}
