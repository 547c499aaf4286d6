import { closeSync, openSync, writeSync } from "node:fs";
import { type Command, Option } from "commander";
import type { LogLine } from "../harness/protocol.js";
import { exitCodes, Problem } from "../model/problem.js";
import { escapeControl } from "./terminal.js";

/** What `--log-output`, `--log-format`, `--console-output` and `--verbose` say. */
export interface LogFlags {
  readonly logOutput?: string;
  readonly logFormat?: string;
  readonly consoleOutput?: string;
  readonly verbose?: boolean;
  readonly json?: boolean;
}

/** Adds them, with k6's variables. */
export function addLogFlags(command: Command): Command {
  const where = "log lines to none, stdout, stderr or file=PATH[,level=LEVEL]";
  return command
    .option("-v, --verbose", "show debug lines of the log")
    .addOption(new Option("--log-output <where>", where).env("K6_LOG_OUTPUT"))
    .addOption(
      new Option("-f, --log-format <format>", "raw: the text alone; json: an object a line").env("K6_LOG_FORMAT"),
    )
    .addOption(
      new Option("--console-output <file>", "what the script's console says, to a file").env("K6_CONSOLE_OUTPUT"),
    );
}

/** A place for log lines. */
export interface LogOutput {
  /** @returns true where the line has found its place; false leaves it to the terminal */
  take(line: LogLine): boolean;
  close(): void;
}

const levels = ["trace", "debug", "info", "warning", "error", "fatal", "panic"];
const levelOf = ({ level }: LogLine): string => (level === "warn" ? "warning" : level);

/**
 * Where log lines go, in k6's words: none, stdout, stderr, file=PATH[,level=LEVEL].
 *
 * Lines of the script's console go to the file of `--console-output` where there is one. Debug lines need `--verbose`.
 *
 * @param warn told once of what is accepted, but not done
 * @throws {Problem} `usage.log-output`, `usage.log-format`, `output.not-writable`
 */
export function openLogOutput(flags: LogFlags, warn: (text: string) => void): LogOutput {
  const format = formatOf(flags.logFormat ?? "");
  const files: number[] = [];
  const toFile = (path: string): ((text: string) => void) => {
    const file = opened(path);
    files.push(file);
    return (text) => void writeSync(file, `${text}\n`);
  };
  const { least, write } = destination(flags, toFile, warn);
  const consoleFile = flags.consoleOutput ? toFile(flags.consoleOutput) : undefined;
  return {
    take(line) {
      if (line.level === "debug" && flags.verbose !== true) return true;
      if (line.ofConsole === true && consoleFile !== undefined) {
        consoleFile(formatted(line, format));
        return true;
      }
      if (levels.indexOf(levelOf(line)) < least) return true;
      if (write === undefined && format === "plain") return false;
      (write ?? ((text) => void process.stderr.write(`${text}\n`)))(formatted(line, format));
      return true;
    },
    close() {
      for (const file of files.splice(0)) closeSync(file);
    },
  };
}

type Format = "plain" | "raw" | "json";

function formatOf(text: string): Format {
  if (text === "" || text === "text") return "plain";
  if (text === "raw" || text === "json") return text;
  throw new Problem("usage.log-format", "--log-format knows no such format.", {
    at: "--log-format",
    found: text,
    expected: "raw or json",
    hint: "Leave it out for lines with their level.",
    exitCode: exitCodes.usage,
  });
}

interface Destination {
  /** Index of the least level that is written. */
  readonly least: number;
  /** Undefined for the terminal. */
  readonly write: ((text: string) => void) | undefined;
}

function destination(
  { logOutput = "", json }: LogFlags,
  toFile: (path: string) => (text: string) => void,
  warn: (text: string) => void,
): Destination {
  const [where = "", ...settings] = logOutput.split(",");
  if (where === "" || where === "stderr") return { least: 0, write: undefined };
  if (where === "none") return { least: levels.length, write: undefined };
  if (where === "stdout") {
    if (json !== true) return { least: 0, write: (text) => void process.stdout.write(`${text}\n`) };
    throw problem(logOutput, "With --json stdout holds one document and no log lines: name a file instead.");
  }
  if (/^loki\b/.test(where)) {
    warn("--log-output=loki is k6's and does nothing here: log lines go to stderr.");
    return { least: 0, write: undefined };
  }
  const path = /^file=(.+)$/.exec(where)?.[1];
  if (path === undefined) throw problem(logOutput, "Write a file like --log-output=file=run.log,level=info.");
  let least = 0;
  for (const setting of settings) {
    const name = /^level=(.+)$/.exec(setting)?.[1]?.replace(/^warn$/, "warning") ?? "";
    least = levels.indexOf(name);
    if (least < 0) throw problem(setting, `level is one of ${levels.join(", ")}.`);
  }
  return { least, write: toFile(path) };
}

function problem(found: string, hint: string): Problem {
  return new Problem("usage.log-output", "--log-output does not read as a place for log lines.", {
    at: "--log-output",
    found,
    expected: "none, stdout, stderr or file=PATH[,level=LEVEL]",
    hint,
    exitCode: exitCodes.usage,
  });
}

function opened(path: string): number {
  try {
    return openSync(path, "a");
  } catch (error) {
    throw new Problem("output.not-writable", `${path} cannot be written.`, {
      at: path,
      found: (error as NodeJS.ErrnoException).code,
      hint: "Name a file in a folder that exists and that you may write to.",
    });
  }
}

function formatted(line: LogLine, format: Format): string {
  if (format === "raw") return escapeControl(line.text);
  const level = levelOf(line);
  const source = line.ofConsole === true ? "console" : "loadline";
  const time = new Date().toISOString();
  if (format === "json") return JSON.stringify({ level, msg: line.text, source, time });
  return `time="${time}" level=${level} msg=${JSON.stringify(line.text)} source=${source}`;
}
