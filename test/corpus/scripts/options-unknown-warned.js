// An unknown option is named in a warning, and the run goes on.
import http from "k6/http";

export const options = { iterations: 1, tresholds: {} };

const url = __ENV.URL;

export default function () {
  http.get(`${url}/`);
}
