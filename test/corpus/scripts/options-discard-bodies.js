// DiscardResponseBodies keeps no body, unless a request asks for it.
import http from "k6/http";
import { check } from "k6";

export const options = { discardResponseBodies: true };

const url = __ENV.URL;

export default function () {
  check(http.get(`${url}/json`), { "no body": (r) => r.body === null });
  check(http.get(`${url}/json`, { responseType: "text" }), { "a body": (r) => r.json("list").length === 3 });
}
