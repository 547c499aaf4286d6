// Requests in callbacks of arrays wait for one another.
import http from "k6/http";
import { check } from "k6";

const url = __ENV.URL;

export default function () {
  ["a", "b", "c"].forEach((path) => http.get(`${url}/${path}`));
  const found = [200, 404].map((status) => http.get(`${url}/status/${status}`).status);
  const some = found.some((status) => http.get(`${url}/${status}`).status === 200);
  check(null, { map: () => found.join() === "200,404", "some stops early": () => some });
}
