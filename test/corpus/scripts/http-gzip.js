// A packed answer is unpacked.
import http from "k6/http";
import { check } from "k6";

const url = __ENV.URL;

export default function () {
  check(http.get(`${url}/gzip`), { unpacked: (r) => r.body === "unpacked" });
}
