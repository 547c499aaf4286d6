// A SharedArray is made once and cannot be changed.
import { check } from "k6";
import { SharedArray } from "k6/data";

export const options = { scenarios: { a: { executor: "per-vu-iterations", vus: 3, iterations: 1 } } };

const users = new SharedArray("users", () => JSON.parse(open("./data/users.json")));

export default function () {
  let refused = false;
  try {
    users[0].name = "changed";
  } catch {
    refused = true;
  }
  check(users, {
    length: (u) => u.length === 2,
    unchanged: (u) => u[0].name === "Ada",
    iterable: (u) => [...u].map((one) => one.name).join() === "Ada,Bob",
  });
}
