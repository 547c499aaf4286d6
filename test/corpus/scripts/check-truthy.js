// A condition may be any truthy value, or no function at all.
import { check } from "k6";

export default function () {
  check("text", { "a number": () => 1, "empty text": () => "", "a plain value": true });
}
