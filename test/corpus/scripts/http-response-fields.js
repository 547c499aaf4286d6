// An answer shows its status, protocol, headers and request.
import http from "k6/http";
import { check } from "k6";

const url = __ENV.URL;

export default function () {
  const response = http.post(`${url}/json`, "sent", { headers: { "X-Mine": "1" } });
  check(response, {
    status: (r) => r.status === 200 && r.status_text === "200 OK",
    proto: (r) => r.proto === "HTTP/1.1",
    header: (r) => r.headers["Content-Type"] === "application/json",
    request: (r) => r.request.method === "POST" && r.request.body === "sent" && r.request.headers["X-Mine"][0] === "1",
    remote: (r) => r.remote_ip === "127.0.0.1" && r.remote_port === Number(url.split(":").pop()),
  });
}
