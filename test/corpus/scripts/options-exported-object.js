// Exec.test.options shows the consolidated options.
import { check } from "k6";
import exec from "k6/execution";

export const options = { vus: 2, iterations: 2, tags: { a: "b" } };

export default function () {
  check(exec.test.options, {
    "has the scenario": (o) => o.scenarios.default.executor === "shared-iterations" && o.scenarios.default.vus === 2,
    "has the tags": (o) => o.tags.a === "b",
  });
}
