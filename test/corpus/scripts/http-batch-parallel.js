// Requests of a batch run side by side.
import http from "k6/http";
import { check } from "k6";

const url = __ENV.URL;

export default function () {
  const began = Date.now();
  http.batch([`${url}/delay/300`, `${url}/delay/300`, `${url}/delay/300`]);
  check(Date.now() - began, { "not one after the other": (ms) => ms < 800 });
}
