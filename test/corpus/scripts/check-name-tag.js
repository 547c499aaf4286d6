// The name of a check is its tag.
import { check } from "k6";

export const options = { thresholds: { "checks{check:first}": ["rate==1"] } };

export default function () {
  check(1, { first: () => true, second: () => false });
}
