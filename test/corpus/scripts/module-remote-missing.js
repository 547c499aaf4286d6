// A module from the network that is not in the cache is named.
import { x } from "https://modules.test/x.js";

export default function () {
  x();
}
