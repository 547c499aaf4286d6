// Finally runs after a request that throws.
import http from "k6/http";

const url = __ENV.URL;

export default function () {
  try {
    http.get(`${url}/1`, { headers: { "X": "a\nb" } });
  } catch {
    http.get(`${url}/caught`);
  } finally {
    http.get(`${url}/finally`);
  }
}
