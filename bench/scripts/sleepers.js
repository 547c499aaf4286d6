// Many users that do nothing but wait between two looks at the clock: what they cost is memory.
import { sleep } from "k6";

export const options = {
  vus: Number(__ENV.VUS || 10000),
  duration: __ENV.DURATION || "20s",
};

export default function () {
  sleep(5 + Math.random() * 5);
}
