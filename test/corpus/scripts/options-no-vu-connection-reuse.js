// NoVUConnectionReuse opens new connections for each iteration.
import http from "k6/http";
import { check } from "k6";

let last = 0;

export const options = { iterations: 2, noVUConnectionReuse: true };

export default function () {
  const port = http.get(`${__ENV.URL}/echo`).json("port");
  const again = http.get(`${__ENV.URL}/echo`).json("port");
  check(null, { "kept within the iteration": () => port === again, "new for the iteration": () => port !== last });
  last = port;
}
