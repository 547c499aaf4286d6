import { webcrypto } from "node:crypto";
import type { Vu } from "../../model/vu.js";
import { asModule } from "../as-module.js";

/** The module `k6/experimental/webcrypto`: the global `crypto` by the name that it had before k6 1.0. */
export function webcryptoModule(_vu: Vu): object {
  return asModule({ crypto: webcrypto });
}
