// An address in a forbidden range is not reached.
import http from "k6/http";
import { check } from "k6";

export const options = { blacklistIPs: ["10.0.0.0/8", "127.0.0.2/32"] };

const url = __ENV.URL;

export default function () {
  const blocked = http.get("http://127.0.0.2:1/");
  check(blocked, { "is refused": (r) => r.error_code === 1110 });
  http.get(`${url}/`);
}
