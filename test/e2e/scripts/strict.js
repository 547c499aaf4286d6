import http from "k6/http";

export const options = {
  scenarios: {
    get: {
      executor: "constant-arrival-rate",
      rate: 50,
      duration: __ENV.DURATION || "2s",
      preAllocatedVUs: 10,
    },
  },
  thresholds: { http_req_duration: [{ threshold: "p(95)<0.001", abortOnFail: __ENV.ABORT === "1" }] },
};

export default function () {
  http.get(`${__ENV.BASE_URL}/health`);
}
