import { Command, Option } from "commander";
import { type AbRequest, runAb } from "../harness/ab.js";
import { renderComparisonText } from "../harness/rendering.js";
import { exitCodes, Problem } from "../model/problem.js";
import { addEngineFlags } from "./engine-flags.js";
import { progressView } from "./progress-view.js";
import { requestOf, withConfig } from "./run.js";
import { addEachRunFlags, addK6Flags, count, marginPairs, type RunFlags } from "./run-flags.js";
import { onSignal } from "./signals.js";
import { terminal } from "./terminal.js";

interface AbFlags extends RunFlags {
  readonly a?: string;
  readonly b?: string;
  readonly commandA?: string;
  readonly commandB?: string;
  readonly readyUrlA?: string;
  readonly readyUrlB?: string;
  readonly sessions: number;
  readonly blocks: number;
  readonly seed: number;
  readonly margin?: number;
  readonly marginOf: Readonly<Record<string, number>>;
  readonly gate?: readonly string[];
  readonly maxRatio?: number;
  readonly temporaryMaxRatio?: number;
  readonly until?: string;
}

/** `loadline ab SCRIPT --a URL --b URL` */
export function abCommand(outcome: { exitCode: number }): Command {
  const command = new Command("ab")
    .description("two targets against each other in one sitting: interleaved runs, judged by their ratios")
    .argument("<script>", "a k6 script that takes its target from BASE_URL")
    .option("--a <url>", "the target that is known, such as the old version")
    .option("--b <url>", "the target that is in question")
    .option("--command-a <words>", "start A anew for each block, stop it after it")
    .option("--command-b <words>", "the same for B")
    .option("--ready-url-a <url>", "A is ready when this answers")
    .option("--ready-url-b <url>", "B is ready when this answers")
    .option("--sessions <n>", "sessions, each with both targets; the verdict rests on their spread", count, 5)
    .option("--blocks <n>", "runs of each target in a session", count, 1)
    .option("--seed <n>", "of the random order", count, 1)
    .option("--margin <ratio>", "practical margin, such as 0.05", Number)
    .addOption(
      new Option("--margin-of <series=ratio>", "a margin of its own for a series or a row; may be repeated")
        .argParser(marginPairs)
        .default({}, "none"),
    )
    .option("--gate <row...>", 'rows that gate, such as "http_req_response_time p(95)"')
    .option(
      "--max-ratio <x>",
      "B's gating latencies may reach at most this many times A's, instead of the margin",
      Number,
    )
    .option("--temporary-max-ratio <x>", "a wider bound for the time being", Number)
    .option("--until <date>", "the last day of the temporary bound, YYYY-MM-DD");
  addEachRunFlags(addEngineFlags(addK6Flags(command)))
    .option("--config <file>", "the config; loadline.config.ts of this folder unless given")
    .option("--reports <dir>", "where run folders live", "reports")
    .option("--json", "print the sessions and the comparison as JSON")
    .addHelpText(
      "after",
      `
Exit codes: 0 B is within the margin or the bound, 111 it is not, 112 undecided.

Examples:
  loadline ab load.ts --a http://127.0.0.1:8080 --b http://127.0.0.1:8081 --duration 60s
  loadline ab load.ts --command-a "node v3.js" --command-b "node v4.js" --sessions 10
  loadline ab load.ts --a $V3 --b $V4 --max-ratio 2 --temporary-max-ratio 4 --until 2027-01-31 --gate "http_req_response_time p(95)"
  loadline ab load.ts --engine k6 --a http://127.0.0.1:8080 --b http://127.0.0.1:8081 --gate "http_req_duration p(95)"`,
    );
  return command.action(async (script: string, flags: AbFlags) => {
    const err = terminal(process.stderr, { color: flags.color });
    const out = terminal(process.stdout, { color: flags.color });
    const quiet = flags.quiet === true;
    let stop: (reason: string) => void = () => {};
    const release = onSignal((signal) => {
      err.write(`\n${signal}: stopping with results; once more to leave at once\n`);
      stop(`Stopped by ${signal}.`);
    });
    try {
      const { result, exitCode } = await runAb(await abRequest(script, flags), {
        step: (text) => quiet || err.write(`${text}\n`),
        observer: () => progressView(err, quiet),
        onStoppable: (end) => {
          stop = end;
        },
      });
      out.write(flags.json === true ? `${JSON.stringify(result)}\n` : renderComparisonText(result.comparison, out));
      outcome.exitCode = exitCode;
    } finally {
      release();
    }
  });
}

async function abRequest(script: string, flags: AbFlags): Promise<AbRequest> {
  const command = (words: string | undefined, readyUrl: string | undefined) =>
    words === undefined ? {} : { command: { name: "target", command: words, readyUrl } };
  return {
    run: await withConfig(
      requestOf(script, { ...flags, seed: undefined, pid: [], command: [], repeat: 1, pause: "0s" }),
      flags,
    ),
    a: { url: flags.a, ...command(flags.commandA, flags.readyUrlA) },
    b: { url: flags.b, ...command(flags.commandB, flags.readyUrlB) },
    sessions: flags.sessions,
    blocks: flags.blocks,
    seed: flags.seed,
    margin: flags.margin,
    margins: flags.marginOf,
    gate: flags.gate,
    bounds: boundsOf(flags),
    today: new Date().toISOString().slice(0, 10),
  };
}

function boundsOf({ maxRatio, temporaryMaxRatio, until }: AbFlags): AbRequest["bounds"] {
  if (maxRatio !== undefined && temporaryMaxRatio === undefined && until === undefined) return { maxRatio };
  if (maxRatio === undefined && temporaryMaxRatio === undefined && until === undefined) return undefined;
  if (maxRatio === undefined || temporaryMaxRatio === undefined || until === undefined) {
    throw new Problem("ab.bounds", "A temporary bound is incomplete.", {
      at: "--temporary-max-ratio",
      expected: "--max-ratio, --temporary-max-ratio and --until together",
      hint: "Such as: --max-ratio 2 --temporary-max-ratio 4 --until 2027-01-31",
      exitCode: exitCodes.usage,
    });
  }
  return { maxRatio, temporary: { maxRatio: temporaryMaxRatio, until } };
}
