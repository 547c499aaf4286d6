// Scenarios run side by side, each with its function, variables and tags.
import http from "k6/http";

export const options = {
  scenarios: {
    readers: { executor: "shared-iterations", iterations: 2, exec: "read", env: { WHAT: "r" }, tags: { kind: "reader" } },
    writers: { executor: "shared-iterations", iterations: 3, exec: "write", env: { WHAT: "w" }, tags: { kind: "writer" } },
  },
  thresholds: {
    "http_reqs{kind:reader}": ["count==2"],
    "http_reqs{scenario:writers}": ["count==3"],
  },
};

export function read() {
  http.get(`${__ENV.URL}/read/${__ENV.WHAT}`);
}

export function write() {
  http.post(`${__ENV.URL}/write/${__ENV.WHAT}`);
}
