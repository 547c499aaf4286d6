// An iteration lasts until its timers are done.
import http from "k6/http";

export default function () {
  setTimeout(() => http.get(`${__ENV.URL}/later`), 150);
  const never = setTimeout(() => http.get(`${__ENV.URL}/never`), 50);
  clearTimeout(never);
  http.get(`${__ENV.URL}/now`);
}
