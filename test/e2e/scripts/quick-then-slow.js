import http from "k6/http";

export const options = {
  scenarios: {
    main: {
      executor: "constant-arrival-rate",
      rate: 1000,
      timeUnit: "1s",
      duration: "1s",
      preAllocatedVUs: 500,
      maxVUs: 500,
    },
  },
};

export default function () {
  http.get(`${__ENV.BASE_URL}/`);
}
