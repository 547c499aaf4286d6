// Iterations that were not started in time count as dropped.
import { sleep } from "k6";

export const options = {
  scenarios: { slow: { executor: "per-vu-iterations", iterations: 10, maxDuration: "1s" } },
};

export default function () {
  sleep(0.4);
}
