// Cookies of an answer go with the next requests.
import http from "k6/http";
import { check } from "k6";

const url = __ENV.URL;

export default function () {
  http.get(`${url}/set-cookie?sid=1&lang=en`);
  const sent = http.get(`${url}/cookies`).json("cookie");
  check(sent, { "both are sent": (text) => text.includes("sid=1") && text.includes("lang=en") });
}
