// The helpers of k6-utils are built in.
import { check } from "k6";
import { findBetween, randomIntBetween, randomItem, randomString, uuidv4 } from "https://jslib.k6.io/k6-utils/1.4.0/index.js";

export default function () {
  const found = findBetween("<a>1</a><a>2</a>", "<a>", "</a>", true);
  check(null, {
    integer: () => [1, 2, 3].includes(randomIntBetween(1, 3)),
    item: () => ["a", "b"].includes(randomItem(["a", "b"])),
    text: () => /^[xy]{8}$/.test(randomString(8, "xy")),
    uuid: () => /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(uuidv4()),
    between: () => findBetween("a[b]c", "[", "]") === "b" && found.join() === "1,2",
  });
}
