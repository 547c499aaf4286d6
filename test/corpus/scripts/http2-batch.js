import { check } from "k6";
import http from "k6/http";

export const options = { insecureSkipTLSVerify: true, vus: 1, iterations: 2 };

export default function () {
  const url = `${__ENV.SECURE_URL}/echo`;
  const ports = http.batch([url, url, url, url]).map((res) => res.json("port"));
  check(ports, { "one connection for all": (all) => new Set(all).size === 1 && all[0] > 0 });
}
