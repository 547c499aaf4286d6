// Scenario tells its name and executor.
import { check } from "k6";
import exec from "k6/execution";

export const options = { scenarios: { checkout: { executor: "shared-iterations" } } };

export default function () {
  const { name, executor, progress, startTime } = exec.scenario;
  check(null, {
    name: () => name === "checkout",
    executor: () => executor === "shared-iterations",
    progress: () => progress >= 0 && progress <= 1,
    start: () => Math.abs(Date.now() - startTime) < 60000,
  });
}
