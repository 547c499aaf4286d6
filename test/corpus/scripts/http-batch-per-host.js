// BatchPerHost limits what runs side by side.
import http from "k6/http";
import { check } from "k6";

export const options = { batchPerHost: 1 };

const url = __ENV.URL;

export default function () {
  const began = Date.now();
  http.batch([`${url}/delay/150`, `${url}/delay/150`, `${url}/delay/150`]);
  check(Date.now() - began, { "one after the other": (ms) => ms >= 440 });
}
