// --show-config prints the options with their origins, and runs nothing.
import http from "k6/http";

export const options = { userAgent: "mine", vus: 2, duration: "10s" };

export default function () {
  http.get(__ENV.URL);
}
