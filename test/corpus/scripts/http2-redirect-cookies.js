import { check } from "k6";
import http from "k6/http";

export const options = { insecureSkipTLSVerify: true };

export default function () {
  http.get(`${__ENV.SECURE_URL}/set-cookie?sid=7`);
  const res = http.get(`${__ENV.SECURE_URL}/redirect/2`);
  check(res, {
    "the end is shown": (r) => r.url === `${__ENV.SECURE_URL}/end`,
    "the request is the first": (r) => r.request.url === `${__ENV.SECURE_URL}/redirect/2`,
    "with its cookie": (r) => r.request.headers.Cookie[0] === "sid=7",
  });
  check(http.get(`${__ENV.SECURE_URL}/gzip`), { unpacked: (r) => r.body === "unpacked" });
}
