// An interval comes again until it is cleared.
import http from "k6/http";

export default function () {
  let count = 0;
  const interval = setInterval(() => {
    count += 1;
    http.get(`${__ENV.URL}/${count}`);
    if (count === 3) clearInterval(interval);
  }, 40);
}
