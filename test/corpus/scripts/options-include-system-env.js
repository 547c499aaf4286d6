// The shell's environment is seen by the script.
import { check } from "k6";

export default function () {
  check(null, { "is seen": () => __ENV.CORPUS_WORD === "yes" });
}
