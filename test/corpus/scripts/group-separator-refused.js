// A name of a group may not hold the separator.
import { group } from "k6";

export default function () {
  group("a::b", () => {});
}
