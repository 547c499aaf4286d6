// What flags and variables of the command line are read by: the stages' own parsers, for commands that may not reach them.

import type { StopRule } from "../compare/stop-rules.js";

export { parseStopRule } from "../compare/stop-rules.js";
export { type Restart, restartTarget } from "../monitor/restart.js";
export { parseOutput } from "../output/parse-spec.js";
/** The layer of options that `K6_…` variables make. */
export { k6EnvLayer as environmentLayer } from "../script/env-layer.js";

export { type SummaryMode, summaryModes } from "./run-request.js";

/** Rules of `--stop-when`. */
export type StopRules = readonly StopRule[];
