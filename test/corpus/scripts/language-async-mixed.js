// Promises of the script stay promises.
import http from "k6/http";
import { check } from "k6";

async function later(word) {
  return word;
}

export default async function () {
  const promise = later("x");
  const isPromise = promise instanceof Promise;
  check(null, { "is a promise": () => isPromise });
  http.get(`${__ENV.URL}/${await promise}`);
}
