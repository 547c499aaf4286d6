// The standard job: a fixed 1,000 requests a second, one to an iteration, whatever the target does.
//
//   loadline run scenarios/api-baseline.ts -e BASE_URL=http://127.0.0.1:8080 -e DURATION=1h
//
// BASE_URL  the target, default http://127.0.0.1:8080
// RATE      requests a second, default 1000
// DURATION  default 30s
// PATHS     comma-separated paths to read instead of the demo API, such as / for a static server
import { check } from "k6";
import http from "k6/http";
import type { Options } from "k6/options";

const baseUrl = (__ENV.BASE_URL || "http://127.0.0.1:8080").replace(/\/+$/, "");
const paths = (__ENV.PATHS || "").split(",").filter((path) => path !== "");

export const options: Options = {
  scenarios: {
    api: {
      executor: "constant-arrival-rate",
      rate: Number(__ENV.RATE || 1000),
      timeUnit: "1s",
      duration: __ENV.DURATION || "30s",
      preAllocatedVUs: 100,
      maxVUs: 400,
    },
  },
  thresholds: {
    http_req_duration: ["p(95)<200", "p(99)<500"],
    http_req_failed: ["rate<0.001"],
    checks: ["rate>0.999"],
  },
};

interface Read {
  readonly path: string;
  /** The series that the request belongs to; without it every id would make a series of its own. */
  readonly name: string;
}

export default function () {
  const { path, name } = paths.length > 0 ? givenRead() : apiRead();
  const response = http.get(baseUrl + path, { tags: { name } });
  check(response, { "status is 200": (r) => r.status === 200 });
}

/** Four lists to six single items, of the thousand that the demo target always has. */
function apiRead(): Read {
  if (Math.random() < 0.4) return { path: "/api/items?limit=20", name: "/api/items" };
  return { path: `/api/items/${1 + Math.floor(Math.random() * 1000)}`, name: "/api/items/:id" };
}

function givenRead(): Read {
  const path = paths[Math.floor(Math.random() * paths.length)] || "/";
  return { path, name: path };
}
