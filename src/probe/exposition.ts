/** One sample of a metrics page. */
export interface MetricSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A metrics page as read: its samples, and the families that it announces. */
export interface Exposition {
  readonly samples: readonly MetricSample[];
  /** Every name that can be queried: of samples, and of announced families that have none yet. */
  readonly names: ReadonlySet<string>;
}

const suffixes: Readonly<Record<string, readonly string[]>> = {
  histogram: ["_bucket", "_sum", "_count"],
  summary: ["_sum", "_count", ""],
  // OpenMetrics announces a counter without the suffix that its samples carry.
  counter: ["", "_total"],
};

/**
 * Reads Prometheus' text format, and OpenMetrics as far as samples go.
 *
 * https://prometheus.io/docs/instrumenting/exposition_formats/ ; lines that are neither sample nor comment are left out.
 */
export function parseExposition(text: string): Exposition {
  const samples: MetricSample[] = [];
  const names = new Set<string>();
  for (const line of text.split("\n")) {
    const type = /^# TYPE ([a-zA-Z_:][\w:]*) (\w+)/.exec(line);
    if (type !== null) {
      for (const suffix of suffixes[type[2]!] ?? [""]) names.add(type[1]! + suffix);
      continue;
    }
    const sample = parseSample(line);
    if (sample === undefined) continue;
    samples.push(sample);
    names.add(sample.name);
  }
  return { samples, names };
}

function parseSample(line: string): MetricSample | undefined {
  const head = /^([a-zA-Z_:][\w:]*)\s*/.exec(line);
  if (head === null) return undefined;
  let rest = line.slice(head[0].length);
  const labels: Record<string, string> = {};
  if (rest.startsWith("{")) {
    const pair = /\s*([a-zA-Z_]\w*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*,?/y;
    pair.lastIndex = 1;
    let end = 1;
    for (let match = pair.exec(rest); match !== null; match = pair.exec(rest)) {
      labels[match[1]!] = match[2]!.replace(/\\(.)/g, (_whole, char: string) => (char === "n" ? "\n" : char));
      end = pair.lastIndex;
    }
    const close = /^\s*\}/.exec(rest.slice(end));
    if (close === null) return undefined;
    rest = rest.slice(end + close[0].length);
  }
  const word = /^\s*(\S+)/.exec(rest)?.[1];
  if (word === undefined) return undefined;
  const value = /^[+-]?Inf$/i.test(word) ? (word.startsWith("-") ? -1 : 1) * Number.POSITIVE_INFINITY : Number(word);
  if (Number.isNaN(value) && !/^nan$/i.test(word)) return undefined;
  return { name: head[1]!, labels, value };
}
