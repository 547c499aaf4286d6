// Instance counts what was done.
import { check } from "k6";
import exec from "k6/execution";

export const options = { iterations: 3 };

export default function () {
  const { iterationsCompleted, vusActive, vusInitialized, currentTestRunDuration } = exec.instance;
  check(null, {
    iterations: () => iterationsCompleted === exec.scenario.iterationInTest,
    users: () => vusActive === 1 && vusInitialized === 1,
    time: () => currentTestRunDuration >= 0,
  });
}
