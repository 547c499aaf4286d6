const keywords = new Set(
  "and or unless bool offset by without on ignoring group_left group_right start end atan2 inf nan".split(" "),
);
const grouping = new Set(["by", "without", "on", "ignoring", "group_left", "group_right"]);

/** The metrics that an expression asks for, and what of it cannot be known before it is used. */
export interface AskedMetrics {
  readonly names: readonly string[];
  /** Names with a dashboard's variable in them. */
  readonly unknown: readonly string[];
}

/**
 * The metric names of a PromQL expression, or of a Grafana query such as `label_values(up, job)`.
 *
 * A tokeniser, not a parser: a word is a metric unless it is a function, a keyword, a label or an aggregation's list.
 * https://prometheus.io/docs/prometheus/latest/querying/basics/
 */
export function metricNames(expression: string): AskedMetrics {
  const inner = grafanaQuery(expression);
  const names = new Set<string>();
  const unknown = new Set<string>();
  const token =
    /#[^\n]*|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|\{((?:[^{}"'`]|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)*)\}|\[[^\]]*\]|\$\{?\w+(?::\w+)?\}?[\w:]*|(?:0x[\da-f]+|\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?(?:ms|[smhdwy]\d*)*)+|[a-zA-Z_:](?:[\w:]|\$\{?\w+\}?)*|[^\s]/gi;
  const tokens = [...inner.matchAll(token)];
  for (let i = 0; i < tokens.length; i += 1) {
    const word = tokens[i]![0];
    const matchers = tokens[i]![1];
    if (matchers !== undefined) {
      const named =
        /(?:^|,)\s*__name__\s*=\s*["'`]([^"'`]+)["'`]/.exec(matchers) ??
        /^\s*["']([^"']+)["']\s*(?:,|$)/.exec(matchers);
      if (named !== null) add(named[1]!);
      continue;
    }
    if (word.startsWith("$")) {
      // A variable in the place of a metric, not of a duration or a number.
      const next = tokens[i + 1]?.[0] ?? "";
      if (/^[{[]/.test(next)) unknown.add(word);
      continue;
    }
    if (!/^[a-z_:]/i.test(word)) continue;
    if (grouping.has(word.toLowerCase())) {
      if (tokens[i + 1]?.[0] === "(") while (i < tokens.length && tokens[i]![0] !== ")") i += 1;
      continue;
    }
    if (keywords.has(word.toLowerCase()) || tokens[i + 1]?.[0] === "(") continue;
    // An aggregation may name its labels first: sum by (job) (…); its own name was followed by "by".
    if (grouping.has((tokens[i + 1]?.[0] ?? "").toLowerCase()) && /^[a-z_]+$/.test(word) && aggregations.has(word))
      continue;
    add(word);
  }
  return { names: [...names], unknown: [...unknown] };

  function add(name: string): void {
    if (name.includes("$")) unknown.add(name);
    else names.add(name);
  }
}

const aggregations = new Set(
  "sum min max avg group stddev stdvar count count_values bottomk topk quantile limitk limit_ratio".split(" "),
);

/** `label_values(metric, label)` and `query_result(expr)` are Grafana's own; the first has a label's name at its end. */
function grafanaQuery(expression: string): string {
  const values = /^\s*label_values\(\s*(?:(.*),)?\s*[a-zA-Z_]\w*\s*\)\s*$/s.exec(expression);
  if (values !== null) return values[1] ?? "";
  if (/^\s*(label_names|metrics)\(.*\)\s*$/s.test(expression)) return "";
  return /^\s*query_result\((.*)\)\s*$/s.exec(expression)?.[1] ?? expression;
}
