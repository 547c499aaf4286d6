// -e wins over the shell's environment.
import { check } from "k6";

export default function () {
  check(null, { "is the flag's": () => __ENV.CORPUS_WORD === "flag" });
}
