// Credentials in the URL are basic authentication.
import http from "k6/http";
import { check } from "k6";

const url = __ENV.URL;

export default function () {
  const response = http.get(`${url.replace("http://", "http://user:pass@")}/basic`);
  check(response, { "is let in": (r) => r.status === 200 });
}
