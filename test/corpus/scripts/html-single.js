// Selection.single finds the first match alone.
import { check } from "k6";
import { parseHTML } from "k6/html";

export default function () {
  const page = parseHTML("<p>one</p><p>two</p>");
  check(page, { first: (doc) => doc.single("p").text() === "one", alone: (doc) => doc.single("p").size() === 1 });
}
