// AsyncRequest answers with a promise.
import http from "k6/http";
import { check } from "k6";

export default async function () {
  const [a, b] = await Promise.all([
    http.asyncRequest("GET", `${__ENV.URL}/delay/200`),
    http.asyncRequest("POST", `${__ENV.URL}/delay/200`, "x"),
  ]);
  check(null, { both: () => a.status === 200 && b.body === "late" });
}
