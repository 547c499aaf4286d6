// Setup runs once before, teardown once after, both with the data.
import http from "k6/http";

export const options = { iterations: 2 };

export function setup() {
  http.get(`${__ENV.URL}/setup`);
  return { word: "x" };
}

export default function (data) {
  http.get(`${__ENV.URL}/run/${data.word}`);
}

export function teardown(data) {
  http.get(`${__ENV.URL}/teardown/${data.word}`);
}
