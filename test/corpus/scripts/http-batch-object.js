// Batch of an object answers under its names.
import http from "k6/http";
import { check } from "k6";

const url = __ENV.URL;

export default function () {
  const found = http.batch({ front: `${url}/front`, back: { method: "GET", url: `${url}/back` } });
  check(found, { names: (f) => f.front.url.endsWith("/front") && f.back.status === 200 });
}
