// --no-summary prints none.
import http from "k6/http";

const url = __ENV.URL;

export default function () {
  http.get(`${url}/`);
}
