// Groups nest, and their checks are found by their path.
import { check, group } from "k6";

export default function () {
  group("a", () => {
    group("b", () => {
      check(1, { deep: () => true });
    });
  });
}
