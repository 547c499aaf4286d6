// An answer shows its cookies.
import http from "k6/http";
import { check } from "k6";

const url = __ENV.URL;

export default function () {
  const response = http.get(`${url}/set-cookie?sid=7`);
  check(response, { "is there": (r) => r.cookies.sid[0].value === "7" && r.cookies.sid[0].path === "/" });
}
