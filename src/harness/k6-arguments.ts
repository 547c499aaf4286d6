import { exitCodes, Problem } from "../model/problem.js";
import type { EngineStart } from "./protocol.js";

/** What the user said of k6 itself. */
export interface K6Request {
  readonly binary: string | undefined;
  /** `--out` as given: k6 writes them, so all of its kinds are allowed. */
  readonly outputs: readonly string[];
  readonly noThresholds: boolean;
  readonly includeSystemEnv: boolean;
}

/** Options whose flag is not the option's name in kebab case. */
const flagNames: Readonly<Record<string, string>> = {
  tags: "tag",
  stages: "stage",
  blacklistIPs: "blacklist-ip",
  localIPs: "local-ips",
  insecureSkipTLSVerify: "insecure-skip-tls-verify",
  noVUConnectionReuse: "no-vu-connection-reuse",
};

/** Options for which k6 has no flag, but a variable. */
const variables: Readonly<Record<string, string>> = {
  setupTimeout: "K6_SETUP_TIMEOUT",
  teardownTimeout: "K6_TEARDOWN_TIMEOUT",
};

/** `-e` for everything that the script is to see and k6 would not find in its own environment. */
export function environmentArguments(
  { env }: Pick<EngineStart, "env">,
  request: Pick<K6Request, "includeSystemEnv">,
  inherited: Readonly<Record<string, string | undefined>>,
): string[] {
  const passed = Object.entries(env).filter(([name, value]) => !request.includeSystemEnv || inherited[name] !== value);
  return [
    `--include-system-env-vars=${request.includeSystemEnv}`,
    ...passed.flatMap(([name, value]) => ["-e", `${name}=${value}`]),
  ];
}

/** The raw layer of options that came from our flags, as k6's flags. */
export function optionArguments(flags: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(flags).flatMap(([option, value]) => {
    // `ext` holds options of ours, which k6 would take for a flag that it does not know.
    if (option === "ext" || variables[option] !== undefined || value === undefined || value === null) return [];
    const flag = `--${flagNames[option] ?? kebab(option)}`;
    if (option === "tags") return Object.entries(value as object).map(([name, text]) => `${flag}=${name}=${text}`);
    if (option === "stages") {
      return (value as { duration: string; target: number }[]).map((one) => `${flag}=${one.duration}:${one.target}`);
    }
    if (option === "httpDebug") return [`${flag}=${value === true ? "headers" : String(value)}`];
    return [`${flag}=${Array.isArray(value) ? value.join(",") : String(value)}`];
  });
}

/** Variables of k6's process beside our own environment. */
export function k6Environment(
  flags: Readonly<Record<string, unknown>>,
  inherited: Readonly<Record<string, string | undefined>>,
  wantsSummary: boolean,
): Record<string, string | undefined> {
  const given = Object.entries(variables).flatMap(([option, variable]) =>
    flags[option] === undefined ? [] : [[variable, String(flags[option])]],
  );
  return {
    // A measurement tells nobody but its user.
    K6_NO_USAGE_REPORT: "true",
    ...inherited,
    ...Object.fromEntries(given),
    // Versions before 2 know the first, later ones the second; each ignores the other's.
    ...(wantsSummary ? {} : { K6_NO_SUMMARY: "true", K6_SUMMARY_MODE: "disabled" }),
  };
}

/**
 * The outputs that k6 is to write beside the stream that we read.
 *
 * @throws {Problem} `k6.output-stdout`
 */
export function outputArguments(
  outputs: readonly string[],
  inherited: Readonly<Record<string, string | undefined>>,
): string[] {
  for (const output of outputs) {
    if (!/^(json|json=|json=-|csv=-|.*=\/dev\/stdout)$/.test(output)) continue;
    throw new Problem("k6.output-stdout", `--out ${output} cannot go to stdout: that stream feeds the run folder.`, {
      at: "--out",
      found: output,
      expected: "an output to a file or a service",
      hint: "Name a file: --out json=samples.json",
      exitCode: exitCodes.usage,
    });
  }
  // A flag makes k6 forget its K6_OUT, and ours is one.
  const fromEnv = (inherited.K6_OUT ?? "").split(",").filter((text) => text !== "");
  const wanted = outputs.length > 0 ? outputs : fromEnv;
  return ["json=-", ...wanted].flatMap((output) => ["--out", output]);
}

function kebab(option: string): string {
  return option.replace(/[A-Z]+(?![a-z])|[A-Z]/g, (capital) => `-${capital.toLowerCase()}`);
}
