// Without a callback nothing is judged as failed.
import http from "k6/http";

http.setResponseCallback(null);

export default function () {
  http.get(`${__ENV.URL}/status/500`);
}
