// RandomSeed makes users draw the same numbers.
import http from "k6/http";
import { randomSeed } from "k6";

export const options = { scenarios: { a: { executor: "per-vu-iterations", vus: 2, iterations: 1 } } };

randomSeed(42);

export default function () {
  http.get(`${__ENV.URL}/${Math.random()}`);
}

export function handleSummary() {
  randomSeed(42);
  return { "drawn.txt": `${Math.random() === Math.random()}` };
}
