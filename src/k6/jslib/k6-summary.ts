// Our own texts under the names of k6's summary library; bundled into scripts that import it.

interface Metric {
  readonly type: string;
  readonly contains: string;
  readonly values: Readonly<Record<string, number>>;
  readonly thresholds?: Readonly<Record<string, { readonly ok: boolean }>>;
}
interface Check {
  readonly name: string;
  readonly passes: number;
  readonly fails: number;
}
interface Group {
  readonly name: string;
  readonly groups: readonly Group[];
  readonly checks: readonly Check[];
}
interface SummaryData {
  readonly metrics: Readonly<Record<string, Metric>>;
  readonly root_group: Group;
}
interface TextOptions {
  readonly indent?: string;
  readonly enableColors?: boolean;
}

/** The data of handleSummary as text for a terminal: checks by group, then a line a metric. */
export function textSummary(data: SummaryData, { indent = " ", enableColors = false }: TextOptions = {}): string {
  const paint = (code: number, text: string): string => (enableColors ? `\x1b[${code}m${text}\x1b[0m` : text);
  const lines = groupLines(data.root_group, indent, paint);
  const names = Object.keys(data.metrics).sort();
  const width = Math.max(0, ...names.map((name) => name.length)) + 3;
  for (const name of names) {
    const metric = data.metrics[name]!;
    const results = Object.values(metric.thresholds ?? {});
    const mark = results.length === 0 ? " " : results.every(({ ok }) => ok) ? paint(32, "✓") : paint(31, "✗");
    lines.push(`${indent}${mark} ${name.padEnd(width, ".")}: ${valuesText(metric)}`);
  }
  return lines.join("\n");
}

function groupLines(group: Group, indent: string, paint: (code: number, text: string) => string): string[] {
  const lines: string[] = [];
  if (group.name !== "") lines.push(`${indent}█ ${group.name}`, "");
  const inner = group.name === "" ? indent : `${indent}  `;
  for (const { name, passes, fails } of group.checks) {
    const ratio = Math.floor((100 * passes) / Math.max(1, passes + fails));
    if (fails === 0) lines.push(paint(32, `${inner}✓ ${name}`));
    else lines.push(paint(31, `${inner}✗ ${name}`), `${inner} ↳  ${ratio}% — ✓ ${passes} / ✗ ${fails}`);
  }
  if (group.checks.length > 0) lines.push("");
  for (const child of group.groups) lines.push(...groupLines(child, inner, paint));
  return lines;
}

function valuesText({ type, contains, values }: Metric): string {
  const shown = (value: number): string => unitText(value, contains);
  const of = (name: string): number => values[name] ?? 0;
  switch (type) {
    case "counter":
      return `${shown(of("count"))} ${shown(of("rate"))}/s`;
    case "gauge":
      return `${shown(of("value"))} min=${shown(of("min"))} max=${shown(of("max"))}`;
    case "rate":
      return `${(of("rate") * 100).toFixed(2)}% ✓ ${of("passes")} ✗ ${of("fails")}`;
    default:
      return Object.entries(values)
        .map(([stat, value]) => `${stat}=${stat === "count" ? value : shown(value)}`)
        .join(" ");
  }
}

function unitText(value: number, contains: string): string {
  const short = (number: number): string => String(Number(number.toFixed(2)));
  if (contains === "data") {
    const units = ["B", "kB", "MB", "GB"];
    const unit = Math.min(units.length - 1, value < 1 ? 0 : Math.floor(Math.log10(value) / 3));
    return `${short(value / 1000 ** unit)} ${units[unit]}`;
  }
  if (contains !== "time") return short(value);
  if (value >= 1000) return `${short(value / 1000)}s`;
  return value >= 1 || value === 0 ? `${short(value)}ms` : `${short(value * 1000)}µs`;
}

/** The thresholds as JUnit XML, a test case each. */
export function jUnit(
  data: SummaryData,
  options: { readonly name?: string; readonly classname?: string } = {},
): string {
  const cases: string[] = [];
  let failures = 0;
  for (const [name, { thresholds = {} }] of Object.entries(data.metrics)) {
    for (const [expression, { ok }] of Object.entries(thresholds)) {
      const title = escaped(`${name} - ${expression}`);
      const classname = options.classname === undefined ? "" : ` classname="${escaped(options.classname)}"`;
      if (ok) cases.push(`<testcase name="${title}"${classname} />`);
      else {
        failures += 1;
        cases.push(`<testcase name="${title}"${classname}><failure message="failed" /></testcase>`);
      }
    }
  }
  const counts = `tests="${cases.length}" failures="${failures}"`;
  const suite = escaped(options.name ?? "k6 thresholds");
  return `<?xml version="1.0"?>\n<testsuites ${counts}>\n<testsuite name="${suite}" ${counts}>\n${cases.join("\n")}\n</testsuite>\n</testsuites>`;
}

function escaped(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&apos;",
  };
  return text.replace(/[&<>"']/g, (character) => entities[character]!);
}
