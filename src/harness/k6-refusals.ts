import { unmeasuredByK6 } from "../import/imported.js";
import { exitCodes, Problem } from "../model/problem.js";
import { outputArguments } from "./k6-arguments.js";
import type { RunRequest } from "./run-request.js";

/** Flags of ours that k6 cannot follow, by the option that each sets, with the reason. */
const ours = {
  workers: "k6 shares its load out by itself.",
  arrivals: "k6's arrivals are evenly spaced.",
  seed: "k6 draws no arrivals at random.",
} as const;

/**
 * Refuses, before any load, what a run by k6 cannot have; a run by our own engine may have all of it.
 *
 * @throws {Problem} `k6.warm-up`, `k6.flag`, `k6.output-stdout` (exit 2)
 */
export function checkForK6({ k6, warmUpMs, layers }: Pick<RunRequest, "k6" | "warmUpMs" | "layers">): void {
  if (k6 === undefined) return;
  if (warmUpMs !== undefined)
    throw refusal("k6.warm-up", "--warm-up", `${warmUpMs} ms`, "k6 measures all of its load.");
  const { loadline = {} } = (layers.flags.ext ?? {}) as { loadline?: Readonly<Record<string, unknown>> };
  for (const [option, reason] of Object.entries(ours)) {
    const found = loadline[option];
    // Even spacing is what k6 does.
    if (found === undefined || found === "uniform") continue;
    throw refusal("k6.flag", `--${option}`, found, reason);
  }
  outputArguments(k6.outputs, process.env);
}

/**
 * Refuses to gate on what k6 does not measure.
 *
 * @param gate series, or rows such as "http_req_response_time p(95)"
 * @throws {Problem} `k6.lacks-metric` (exit 2)
 */
export function checkGateForK6({ k6 }: Pick<RunRequest, "k6">, gate: readonly string[] = []): void {
  if (k6 === undefined) return;
  const found = gate.find((row) => unmeasuredByK6.includes(/^[^\s{]*/.exec(row.trim())![0]));
  if (found === undefined) return;
  throw new Problem("k6.lacks-metric", "k6 does not measure what is to gate.", {
    at: "--gate",
    found,
    expected: "a metric of k6's, or one of the script's own",
    hint: 'Gate on "http_req_duration p(95)", or leave --engine k6 out.',
    exitCode: exitCodes.usage,
  });
}

function refusal(code: string, flag: string, found: unknown, reason: string): Problem {
  return new Problem(code, `${flag} has no meaning with --engine k6: ${reason}`, {
    at: flag,
    found,
    expected: `--engine k6 without ${flag}, or ${flag} with Loadline's own engine`,
    hint: `Leave ${flag} out, or run without --engine k6.`,
    exitCode: exitCodes.usage,
  });
}
