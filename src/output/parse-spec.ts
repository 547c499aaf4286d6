import { Problem } from "../model/problem.js";
import type { OutputSpec } from "./sample-file.js";

/**
 * An output as k6's flag writes it: `json=samples.json`, `csv=samples.csv.gz`.
 *
 * @throws {Problem} `output.unknown` or `output.no-file`
 */
export function parseOutput(text: string): OutputSpec {
  const equals = text.indexOf("=");
  const format = equals < 0 ? text : text.slice(0, equals);
  const path = equals < 0 ? "" : text.slice(equals + 1);
  if (format !== "json" && format !== "csv") {
    throw new Problem("output.unknown", `There is no output "${format}".`, {
      at: "--out",
      found: text,
      expected: "json=FILE or csv=FILE",
      hint: "Other systems can read the JSON lines, or the run folder's own files.",
    });
  }
  if (path === "" || path === "-") {
    throw new Problem("output.no-file", `The output ${format} needs a file.`, {
      at: "--out",
      found: text,
      expected: `${format}=FILE`,
      hint: "Standard output is kept for the summary.",
    });
  }
  return { format, path };
}
