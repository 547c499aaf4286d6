import { Problem } from "../model/problem.js";
import type { RawOptions } from "./raw-options.js";

/** Environment variables that stand for an option as it is. */
const plain: Readonly<Record<string, string>> = {
  K6_VUS: "vus",
  K6_DURATION: "duration",
  K6_ITERATIONS: "iterations",
  K6_MAX_REDIRECTS: "maxRedirects",
  K6_USER_AGENT: "userAgent",
  K6_BATCH: "batch",
  K6_BATCH_PER_HOST: "batchPerHost",
  K6_INSECURE_SKIP_TLS_VERIFY: "insecureSkipTLSVerify",
  K6_THROW: "throw",
  K6_DISCARD_RESPONSE_BODIES: "discardResponseBodies",
  K6_NO_CONNECTION_REUSE: "noConnectionReuse",
  K6_NO_VU_CONNECTION_REUSE: "noVUConnectionReuse",
  K6_NO_COOKIES_RESET: "noCookiesReset",
  K6_MIN_ITERATION_DURATION: "minIterationDuration",
  K6_NO_SETUP: "noSetup",
  K6_SETUP_TIMEOUT: "setupTimeout",
  K6_NO_TEARDOWN: "noTeardown",
  K6_TEARDOWN_TIMEOUT: "teardownTimeout",
  K6_HANDLE_SUMMARY_TIMEOUT: "handleSummaryTimeout",
  K6_SUMMARY_TIME_UNIT: "summaryTimeUnit",
  K6_NO_USAGE_REPORT: "noUsageReport",
  K6_LINGER: "linger",
  K6_PAUSED: "paused",
  K6_RPS: "rps",
  K6_HTTP_DEBUG: "httpDebug",
  K6_DNS: "dns",
  K6_LOCAL_IPS: "localIPs",
  K6_EXECUTION_SEGMENT: "executionSegment",
  K6_EXECUTION_SEGMENT_SEQUENCE: "executionSegmentSequence",
};

/** The same for options that are lists, separated by commas. */
const lists: Readonly<Record<string, string>> = {
  K6_BLACKLIST_IPS: "blacklistIPs",
  K6_BLOCK_HOSTNAMES: "blockHostnames",
};

/**
 * The options that the environment sets, under k6's names: K6_VUS, K6_DURATION, K6_STAGES=30s:10,1m:20 …
 *
 * An empty variable sets nothing, as in most CI systems an unset one arrives empty.
 *
 * @throws {Problem} `options.stages-notation`
 */
export function k6EnvLayer(env: Readonly<Record<string, string | undefined>>): RawOptions {
  const layer: Record<string, unknown> = {};
  for (const [variable, option] of Object.entries(plain)) {
    const value = env[variable];
    if (value !== undefined && value !== "") layer[option] = typed(option, value);
  }
  for (const [variable, option] of Object.entries(lists)) {
    const value = env[variable];
    if (value !== undefined && value !== "") layer[option] = value.split(",");
  }
  if (env.K6_STAGES) layer.stages = stagesOf(env.K6_STAGES);
  if (env.K6_SUMMARY_TREND_STATS) layer.summaryTrendStats = words(env.K6_SUMMARY_TREND_STATS);
  if (env.K6_SYSTEM_TAGS) layer.systemTags = words(env.K6_SYSTEM_TAGS);
  return layer;
}

const numbers = new Set(["vus", "iterations", "maxRedirects", "batch", "batchPerHost", "rps"]);
const booleans = /^(no[A-Z]|insecure|throw|discard|paused|linger)/;

/** What a script would have written; anything else stays as it is, to be refused where it is read. */
function typed(option: string, text: string): unknown {
  if (numbers.has(option) && /^\d+$/.test(text)) return Number(text);
  if (booleans.test(option) && /^(true|1|false|0)$/.test(text)) return text === "true" || text === "1";
  return text;
}

function words(text: string): string[] {
  return text.split(",").map((word) => word.trim());
}

function stagesOf(text: string): { duration: string; target: string }[] {
  return words(text).map((stage) => {
    const match = /^([^:]+):(\d+)$/.exec(stage);
    if (match !== null) return { duration: match[1]!, target: match[2]! };
    throw new Problem("options.stages-notation", "K6_STAGES does not read as stages.", {
      at: "K6_STAGES",
      found: stage,
      expected: "DURATION:TARGET, separated by commas",
      hint: "Write it like K6_STAGES=30s:10,1m:20.",
    });
  });
}
