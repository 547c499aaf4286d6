// A stage of no length jumps to its rate.
import http from "k6/http";

export const options = {
  scenarios: {
    jump: {
      executor: "ramping-arrival-rate",
      preAllocatedVUs: 5,
      stages: [
        { duration: "0s", target: 20 },
        { duration: "1s", target: 20 },
      ],
    },
  },
};

const url = __ENV.URL;

export default function () {
  http.get(`${url}/`);
}
