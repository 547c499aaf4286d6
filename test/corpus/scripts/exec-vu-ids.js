// Users count from 1, their iterations from 0.
import http from "k6/http";
import exec from "k6/execution";

export const options = { scenarios: { a: { executor: "per-vu-iterations", vus: 2, iterations: 2 } } };

export default function () {
  const { idInTest, idInInstance, iterationInInstance, iterationInScenario } = exec.vu;
  http.get(`${__ENV.URL}/${idInTest}-${idInInstance}-${iterationInInstance}-${iterationInScenario}`);
}
