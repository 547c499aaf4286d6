// An environment variable wins over the script.
import http from "k6/http";

export const options = { iterations: 9 };

const url = __ENV.URL;

export default function () {
  http.get(`${url}/`);
}
