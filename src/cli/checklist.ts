import { Command } from "commander";
import {
  type ChecklistOutputs,
  judgeChecklist,
  outputsBeside,
  suggestBindings,
  writeChecklist,
} from "../harness/checklist.js";
import { renderChecklistResult } from "../harness/rendering.js";
import type { ChecklistResult } from "../model/checklist.js";
import { exitCodes, Problem } from "../model/problem.js";
import { addEvidenceFlags, checklistRequest, type EvidenceFlags } from "./checklist-flags.js";
import { terminal } from "./terminal.js";

interface ChecklistFlags extends EvidenceFlags {
  readonly version?: string;
  readonly suggest?: boolean;
  readonly strict?: boolean;
  readonly write?: boolean;
  readonly html?: string;
  readonly markdown?: string;
  readonly junit?: string;
  readonly json?: boolean;
  readonly color: boolean;
}

/** `loadline checklist FILE.md --run RUN` */
export function checklistCommand(outcome: { exitCode: number }): Command {
  const command = new Command("checklist")
    .description("tick what the evidence proves; render Markdown, HTML and JUnit")
    .argument("<file>", "a Markdown document")
    .option("--run <run>", "run folder, id, or scenario/latest");
  return addEvidenceFlags(command)
    .option("--version <version>", "evidence of another version is stale")
    .option("--suggest", "propose bindings for items without one; with --write, insert them")
    .option("--strict", "items without a binding and boxes ticked by hand fail too")
    .option("--write", "tick the document itself")
    .option("--html <file>", "where the page goes (default: checklists/ in the run's folder)")
    .option("--markdown <file>", "where the ticked copy goes")
    .option("--junit <file>", "where the JUnit XML goes")
    .option("--json", "print the result as JSON")
    .option("--no-color", "no colours")
    .addHelpText(
      "after",
      `
States: pass, fail, not run, stale, waived, attested, not applicable; claim (ticked by hand), unbound, refused.
Exit 113 where a bound item is open or the document has none; with --strict, where any item is.

Examples:
  loadline checklist checklists/production-readiness.md --run api-baseline/latest
  loadline checklist RELEASE.md --suggest`,
    )
    .action(async (file: string, flags: ChecklistFlags) => {
      outcome.exitCode = flags.suggest === true ? await suggest(file, flags) : await judge(file, flags);
    });
}

async function suggest(file: string, flags: ChecklistFlags): Promise<number> {
  const found = await suggestBindings(file, flags.write === true);
  if (flags.write === true && found.suggestions.length > 0) process.stderr.write(`wrote  ${file}\n`);
  if (flags.json === true) process.stdout.write(`${JSON.stringify(found)}\n`);
  else {
    const out = terminal(process.stdout, { color: flags.color });
    for (const { line, text, binding } of found.suggestions)
      out.write(`line ${line}  ${text}\n    <!-- loadline: ${binding} -->\n`);
    const { items, bound, suggestions, unbound } = found;
    out.write(
      `${items} items: ${bound} bound, ${suggestions.length} proposals, ${unbound} unbound and not recognised.\n`,
    );
  }
  return exitCodes.ok;
}

async function judge(file: string, flags: ChecklistFlags): Promise<number> {
  const judged = await judgeChecklist(checklistRequest(file, flags, flags.version));
  const { html, markdown, junit, write } = flags;
  const asked = given({ html, markdown, junit });
  const unasked = Object.entries(outputsBeside(judged)).filter(([kind]) => !(kind in asked));
  const out = terminal(process.stdout, { color: flags.color });
  // First of all: what cannot be written must not hide what was found.
  out.write(flags.json === true ? `${JSON.stringify(judged.result)}\n` : renderChecklistResult(judged.result, out));
  const told = (written: readonly string[]) => written.forEach((path) => void process.stderr.write(`wrote  ${path}\n`));
  try {
    told(await writeChecklist(judged, Object.fromEntries(unasked)));
  } catch (error) {
    // An archived run is read-only, and nobody asked for these.
    if (!(error instanceof Problem) || error.code !== "output.not-writable") throw error;
    process.stderr.write(`warn  ${error.message} Name another place with --html, --markdown and --junit.\n`);
  }
  told(await writeChecklist(judged, { ...asked, write }));
  return isIncomplete(judged.result, flags.strict === true) ? exitCodes.checklistIncomplete : exitCodes.ok;
}

function isIncomplete({ items, complete }: ChecklistResult, strict: boolean): boolean {
  // The wrong file has no items, and must not look like a release that is ready.
  if (strict || items.length === 0) return !complete;
  return items.some(({ settled, state }) => !settled && state !== "unbound" && state !== "claim");
}

/** Without the keys whose value is undefined, which would hide the defaults. */
function given(outputs: ChecklistOutputs): ChecklistOutputs {
  return Object.fromEntries(Object.entries(outputs).filter(([, value]) => value !== undefined));
}
