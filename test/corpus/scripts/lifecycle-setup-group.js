// Checks made in setup belong to the group ::setup.
import { check } from "k6";

export function setup() {
  check(1, { "in setup": () => true });
}

export default function () {}
