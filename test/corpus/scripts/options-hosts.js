// The option hosts stands in for DNS.
import http from "k6/http";

const port = __ENV.URL.split(":").pop();

export const options = { hosts: { "shop.test": "127.0.0.1" } };

export default function () {
  http.get(`http://shop.test:${port}/mapped`);
}
