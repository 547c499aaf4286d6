// A user keeps its connection between requests and iterations.
import http from "k6/http";
import { check } from "k6";

let last = 0;

export const options = { iterations: 3 };

export default function () {
  const port = http.get(`${__ENV.URL}/echo`).json("port");
  check(null, { "the same": () => last === 0 || last === port });
  last = port;
}
