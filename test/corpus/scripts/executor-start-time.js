// A scenario waits for its start time.
import http from "k6/http";

export const options = {
  scenarios: {
    second: { executor: "shared-iterations", startTime: "700ms", exec: "late" },
    first: { executor: "shared-iterations", exec: "early" },
  },
};

export function early() {
  http.get(`${__ENV.URL}/early`);
}

export function late() {
  http.get(`${__ENV.URL}/late`);
}
