// import.meta.resolve gives places relative to the file that asks.
import { check } from "k6";

const table = open(import.meta.resolve("./data/people.csv"));

export default function () {
  check(null, { read: () => table.length > 0, place: () => /^file:\/\/.*language-import-meta\.js$/.test(import.meta.url) });
}
