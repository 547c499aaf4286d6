// Checks have tags of their own.
import { check } from "k6";

export const options = { thresholds: { "checks{kind:hard}": ["rate==0"], "checks{kind:soft}": ["rate==1"] } };

export default function () {
  check(1, { x: () => false }, { kind: "hard" });
  check(1, { y: () => true }, { kind: "soft" });
}
