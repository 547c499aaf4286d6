/** One line of a metrics page. */
export interface Exposed {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const lineForm = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+(?:\.\d+)?)?(?:\s+#.*)?$/;
const labelForm = /\s*([A-Za-z_]\w*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)/gy;

/**
 * Prometheus' text format 0.0.4, and what OpenMetrics adds to a line. NaN and infinities are left out: no figure is one.
 *
 * @returns undefined where no line is a metric, as on a page of HTML
 */
export function parseExposition(text: string): Exposed[] | undefined {
  const exposed: Exposed[] = [];
  let good = 0;
  for (const line of text.split("\n")) {
    const trimmed = line.trim();
    if (trimmed === "" || trimmed.startsWith("#")) continue;
    const match = lineForm.exec(trimmed);
    const value = match === null ? undefined : numberOf(match[3]!);
    if (match === null || value === undefined) continue;
    good += 1;
    if (Number.isFinite(value)) exposed.push({ name: match[1]!, labels: parseLabels(match[2] ?? ""), value });
  }
  return good === 0 ? undefined : exposed;
}

/** `name="value",…`, escapes undone. */
export function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [, name, value] of text.matchAll(labelForm)) {
    labels[name!] = value!.replace(/\\(.)/g, (_, char: string) => (char === "n" ? "\n" : char));
  }
  return labels;
}

function numberOf(word: string): number | undefined {
  if (/^[+-]?Inf(inity)?$/i.test(word)) return word.startsWith("-") ? -Infinity : Infinity;
  if (/^nan$/i.test(word)) return Number.NaN;
  const value = Number(word);
  return Number.isNaN(value) ? undefined : value;
}

/** A metric to look for: its name, and labels that must match. */
export interface Selector {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** `name` or `name{label="value"}`. */
export function parseSelector(text: string): Selector | undefined {
  const match = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})?$/.exec(text.trim());
  return match === null ? undefined : { name: match[1]!, labels: parseLabels(match[2] ?? "") };
}

/** The sum over all series that match; undefined where there is none. */
export function select(exposed: readonly Exposed[], { name, labels }: Selector): number | undefined {
  const matching = exposed.filter(
    (one) => one.name === name && Object.entries(labels).every(([label, value]) => one.labels[label] === value),
  );
  return matching.length === 0 ? undefined : matching.reduce((sum, one) => sum + one.value, 0);
}
