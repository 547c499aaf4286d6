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
  readonly options?: ShownOptions;
}
interface ShownOptions {
  readonly summaryTrendStats?: readonly string[] | null;
  readonly summaryTimeUnit?: string | null;
}
interface TextOptions extends ShownOptions {
  readonly indent?: string;
  readonly enableColors?: boolean;
}
type Paint = (text: string, ...codes: readonly number[]) => string;

const [faint, red, green, cyan] = [2, 31, 32, 36];

/** The data of handleSummary as k6 puts it on a terminal: checks by group, then a line a metric, in columns. */
export function textSummary(data: SummaryData, given?: TextOptions | null): string {
  const options = given ?? {};
  const { indent = " ", enableColors = true } = options;
  const paint: Paint = (text, ...codes) => (enableColors ? `\x1b[${codes.join(";")}m${text}\x1b[0m` : text);
  const lines = groupLines(data.root_group, `${indent}    `, paint);
  lines.push(...metricLines(data, `${indent}  `, { ...data.options, ...options }, paint));
  return lines.join("\n");
}

function groupLines(group: Group, indent: string, paint: Paint): string[] {
  const lines = group.name === "" ? [] : [`${indent}█ ${group.name}`, ""];
  const inner = group.name === "" ? indent : `${indent}  `;
  for (const { name, passes, fails } of group.checks) {
    const percent = Math.floor((100 * passes) / Math.max(1, passes + fails));
    const failed = `${inner}✗ ${name}\n${inner} ↳  ${percent}% — ✓ ${passes} / ✗ ${fails}`;
    lines.push(fails === 0 ? paint(`${inner}✓ ${name}`, green) : paint(failed, red));
  }
  if (group.checks.length > 0) lines.push("");
  return [...lines, ...group.groups.flatMap((child) => groupLines(child, inner, paint))];
}

/** A metric's line before its columns have their widths: a trend's parts are `stat=value`, others' value and more. */
interface Row {
  readonly label: string;
  readonly mark: string;
  readonly isTrend: boolean;
  readonly cells: readonly { readonly name: string; readonly value: string }[];
}

function metricLines({ metrics }: SummaryData, indent: string, shown: ShownOptions, paint: Paint): string[] {
  const rows = Object.keys(metrics)
    .map((name): [string, string] => [name, name.split("{")[0]!])
    .sort(([a, ofA], [b, ofB]) => (ofA === ofB ? order(a, b) : order(ofA, ofB)))
    .map(([name, parent]) => rowOf(name, parent, metrics[name]!, shown, paint));
  const labels = Math.max(0, ...rows.map(({ label }) => label.length)) + 3;
  const widths = (trends: boolean): number[] => {
    const cells = rows.filter(({ isTrend }) => isTrend === trends).map((row) => row.cells);
    const columns = Math.max(0, ...cells.map(({ length }) => length));
    return Array.from({ length: columns }, (_, i) => Math.max(...cells.map((row) => row[i]?.value.length ?? 0)));
  };
  const [ofTrends, ofOthers] = [widths(true), widths(false)];
  return rows.map(({ label, mark, isTrend, cells }) => {
    const last = cells.length - 1;
    const texts = cells.map(({ name, value }, i) => {
      // A lone value beside the first needs no column.
      const width = isTrend ? ofTrends[i]! : last === 1 && i === 1 ? 0 : ofOthers[i]!;
      const codes = isTrend || i === 0 ? [cyan] : [cyan, faint];
      return `${name}${paint(value, ...codes)}${" ".repeat(Math.max(0, width - value.length))}`;
    });
    const dots = paint(`${".".repeat(labels - label.length)}:`, faint);
    const depth = label.length - label.trimStart().length;
    return `${indent}${" ".repeat(depth)}${mark} ${label.trimStart()}${dots} ${texts.join(" ")}`;
  });
}

function rowOf(name: string, parent: string, metric: Metric, shown: ShownOptions, paint: Paint): Row {
  const results = Object.values(metric.thresholds ?? {});
  const mark = results.length === 0 ? " " : results.every(({ ok }) => ok) ? paint("✓", green) : paint("✗", red);
  const label = name === parent ? name : `  { ${name.slice(parent.length + 1, -1)} }`;
  const text = (value: number): string => unitText(value, metric.contains, shown.summaryTimeUnit ?? "");
  const of = (stat: string): number => metric.values[stat] ?? 0;
  if (metric.type === "trend") {
    const stats = shown.summaryTrendStats ?? Object.keys(metric.values);
    const cells = stats.map((stat) => ({
      name: `${stat}=`,
      value: stat === "count" ? String(of(stat)) : text(of(stat)),
    }));
    return { label, mark, isTrend: true, cells };
  }
  const values =
    metric.type === "counter"
      ? [text(of("count")), `${text(of("rate"))}/s`]
      : metric.type === "rate"
        ? [percentText(of("rate")), `✓ ${of("passes")}`, `✗ ${of("fails")}`]
        : [text(of("value")), `min=${text(of("min"))}`, `max=${text(of("max"))}`];
  return { label, mark, isTrend: false, cells: values.map((value) => ({ name: "", value })) };
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Cut, not rounded: 99.999 % is not all. */
function percentText(ratio: number): string {
  return `${cut(ratio * 100).toFixed(2)}%`;
}

function unitText(value: number, contains: string, timeUnit: string): string {
  if (contains === "data") return bytesText(value);
  if (contains === "time") return timeText(value, timeUnit);
  return String(Number(value.toFixed(6)));
}

function bytesText(bytes: number): string {
  if (bytes < 10) return `${bytes} B`;
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  const unit = Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const short = Math.floor((bytes / 1000 ** unit) * 10 + 0.5) / 10;
  return `${short.toFixed(short < 10 ? 1 : 0)} ${units[unit]}`;
}

/** Two decimals in the unit that was asked for, else cut to two in the one that suits. */
function timeText(ms: number, timeUnit: string): string {
  if (timeUnit === "s") return `${(ms / 1000).toFixed(2)}s`;
  if (timeUnit === "ms") return `${ms.toFixed(2)}ms`;
  if (timeUnit === "us") return `${(ms * 1000).toFixed(2)}µs`;
  if (ms === 0) return "0s";
  if (ms < 0.001) return `${Math.trunc(ms * 1_000_000)}ns`;
  if (ms < 1) return `${cut(ms * 1000)}µs`;
  if (ms < 1000) return `${cut(ms)}ms`;
  if (ms < 60_000) return `${cut(ms / 1000)}s`;
  const seconds = Math.trunc(ms / 1000);
  const minutes = Math.trunc(seconds / 60);
  const rest = `${minutes % 60}m${seconds % 60}s`;
  return minutes < 60 ? rest : `${Math.trunc(minutes / 60)}h${rest}`;
}

function cut(value: number): number {
  return Math.trunc(value * 100) / 100;
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
