// A metric needs a name of letters, digits and underscores.
import { Counter } from "k6/metrics";

const bad = new Counter("my-metric!");

export default function () {
  bad.add(1);
}
