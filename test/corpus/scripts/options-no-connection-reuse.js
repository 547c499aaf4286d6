// NoConnectionReuse opens a connection for each request.
import http from "k6/http";
import { check } from "k6";

export const options = { noConnectionReuse: true };

const url = __ENV.URL;

export default function () {
  const first = http.get(`${url}/echo`).json("port");
  const second = http.get(`${url}/echo`).json("port");
  check(null, { "another connection": () => first !== second });
}
