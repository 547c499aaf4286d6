import { check } from "k6";
import http from "k6/http";

export const options = {
  scenarios: {
    get: {
      executor: "constant-arrival-rate",
      rate: Number(__ENV.RATE || 200),
      timeUnit: "1s",
      duration: __ENV.DURATION || "2s",
      preAllocatedVUs: 40,
      maxVUs: 80,
    },
  },
};

export default function () {
  const response = http.get(`${__ENV.BASE_URL}/api/items/${1 + (__ITER % 9)}`, { tags: { name: "/api/items/:id" } });
  check(response, { "status is 200": (r) => r.status === 200 });
}
