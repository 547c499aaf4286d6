/** A line that k6 logged, as we show it. */
export interface K6LogLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly text: string;
}

const levels: Readonly<Record<string, K6LogLine["level"]>> = {
  trace: "debug",
  debug: "debug",
  warning: "warn",
  warn: "warn",
  error: "error",
  fatal: "error",
  panic: "error",
};

/** Before k6 has read its flags, it logs in this form: time="…" level=error msg="unknown flag: --x" */
const keysAndValues = /^time="[^"]*" level=(?<level>\w+) msg="(?<msg>(?:[^"\\]|\\.)*)"/;

/** One line of k6's stderr. Its log is asked for as JSON; anything else, such as a crash of Go's, passes as it is. */
export function k6LogLine(line: string): K6LogLine {
  const entry = objectIn(line) ?? keysAndValues.exec(line)?.groups;
  if (entry === undefined || typeof entry.msg !== "string") return { level: "info", text: line };
  const more = [entry.error, entry.hint].filter((part) => typeof part === "string" && part !== "");
  return {
    level: levels[String(entry.level)] ?? "info",
    text: [entry.msg.trim(), ...more].join("; "),
  };
}

function objectIn(line: string): Readonly<Record<string, unknown>> | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
