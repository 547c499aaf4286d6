const cell = (value) => {
  if (!Number.isFinite(value)) return "–";
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2);
};

/**
 * A Markdown table, a row a case, with the ratio of one column to the first row's.
 *
 * @param {readonly Record<string, string | number>[]} rows each with `name`
 * @param {Record<string, string>} columns heading by key
 * @param {string} ratio the key that is compared
 */
export function table(rows, columns, ratio) {
  const keys = Object.keys(columns);
  const head = ["", ...keys.map((key) => columns[key]), `${columns[ratio]}, ratio`];
  const body = rows.map((row) => [row.name, ...keys.map((key) => cell(row[key])), cell(row[ratio] / rows[0][ratio])]);
  const widths = head.map((_, at) => Math.max(...[head, ...body].map((line) => line[at].length)));
  const line = (words) =>
    `| ${words.map((word, at) => (at === 0 ? word.padEnd(widths[at]) : word.padStart(widths[at]))).join(" | ")} |`;
  const rule = `|${widths.map((width, at) => (at === 0 ? "-".repeat(width + 2) : `${"-".repeat(width + 1)}:`)).join("|")}|`;
  return [line(head), rule, ...body.map(line)].join("\n");
}

/**
 * What was claimed, what must hold and what was found, a row a claim; a row short of its goal says so.
 *
 * @param {readonly { claim: string, goal: string, found: string, met: boolean, also: string }[]} claims
 */
export function claimTable(claims) {
  const head = ["claim", "goal", "found", "", "also"];
  const body = claims.map(({ claim, goal, found, met, also }) => [claim, goal, found, met ? "" : "short", also]);
  const widths = head.map((_, at) => Math.max(...[head, ...body].map((line) => line[at].length)));
  const line = (words) => `| ${words.map((word, at) => word.padEnd(widths[at])).join(" | ")} |`;
  return [line(head), `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`, ...body.map(line)].join("\n");
}
