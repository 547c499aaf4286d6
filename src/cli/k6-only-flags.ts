import { type Command, Option } from "commander";

/** Flags of k6 that have no meaning here, so that command lines written for it work: commander's name to the flag. */
const accepted = {
  address: "-a, --address <host:port>",
  linger: "-l, --linger",
  paused: "-p, --paused",
  usageReport: "--no-usage-report",
  compatibilityMode: "--compatibility-mode <mode>",
  profilingEnabled: "--profiling-enabled",
  exitOnRunning: "--exit-on-running",
  features: "--features <list>",
  tracesOutput: "--traces-output <where>",
  showLogs: "--show-logs [bool]",
} as const;

/** Names of the flags that are accepted and change nothing, `--linger`. */
export const k6OnlyFlags: readonly string[] = Object.values(accepted).map(longName);

/** Adds them, hidden: help lists what does something. */
export function addK6OnlyFlags(command: Command): Command {
  for (const flag of Object.values(accepted)) command.addOption(new Option(flag, "accepted, as in k6").hideHelp());
  return command;
}

/** One warning that names all that were given; undefined where there were none. */
export function k6OnlyWarning(flags: Readonly<Record<string, unknown>>): string | undefined {
  const given = Object.entries(accepted).filter(([name]) =>
    // What is on unless it is switched off: there is nothing to switch off here, which is what was asked for.
    name === "usageReport" ? false : flags[name] !== undefined,
  );
  if (given.length === 0) return undefined;
  const names = given.map(([, flag]) => longName(flag)).join(", ");
  return `${names}: accepted, because k6 has ${given.length === 1 ? "it" : "them"}, but without effect here.`;
}

function longName(flag: string): string {
  return /--[a-z-]+/.exec(flag)![0];
}
