// Functions in objects and parameters may make requests.
import http from "k6/http";

const steps = { login: (url) => http.get(`${url}/login`), buy: (url) => http.post(`${url}/buy`) };

function visit(step, ...rest) {
  return step(...rest);
}

export default function () {
  for (const name of Object.keys(steps)) visit(steps[name], __ENV.URL);
}
