// Init code may read files in an async function that nobody waits for.
import { check } from "k6";
import csv from "k6/experimental/csv";
import { open } from "k6/experimental/fs";

let records;
(async () => {
  const file = await open("./data/people.csv");
  records = await csv.parse(file, { delimiter: "," });
})();

export default function () {
  check(records, { "is there": (all) => all.length > 0 });
}
