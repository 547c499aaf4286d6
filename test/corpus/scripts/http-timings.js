// An answer has its timings.
import http from "k6/http";
import { check } from "k6";

const url = __ENV.URL;

export default function () {
  const response = http.get(`${url}/delay/120`);
  check(response.timings, {
    waiting: (t) => t.waiting >= 110,
    sum: (t) => Math.abs(t.duration - t.sending - t.waiting - t.receiving) < 0.01,
    all: (t) => ["blocked", "connecting", "tls_handshaking", "looking_up"].every((name) => t[name] >= 0),
  });
}
