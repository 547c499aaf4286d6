import { createInterface } from "node:readline/promises";
import { Command } from "commander";
import { initFolder, readyChecklists } from "../harness/init.js";
import { exitCodes, Problem } from "../model/problem.js";
import { paint, type Terminal, terminal } from "./terminal.js";

interface InitFlags {
  readonly checklist: readonly string[];
  readonly list?: boolean;
  readonly force?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** `loadline init [FOLDER]` */
export function initCommand(outcome: { exitCode: number }): Command {
  return new Command("init")
    .description("write a first scenario, config and checklist into this folder")
    .argument("[folder]", "where to", ".")
    .option(
      "--checklist <name>",
      "a ready checklist beside the first one, or all; may be repeated",
      (name: string, before: readonly string[]) => [...before, name],
      [] as readonly string[],
    )
    .option("--list", "show the ready checklists and write nothing")
    .option("--force", "replace files that are there")
    .option("-y, --yes", "ask nothing")
    .option("--json", "print what was written and kept as JSON")
    .addHelpText(
      "after",
      `
Files that are there stay as they are, unless --force is given. What is written runs at once
against the built-in target, with the commands that are printed.

Examples:
  loadline init
  loadline init release-gate --checklist production-readiness --checklist staging-canary
  loadline init --checklist all --yes`,
    )
    .action(async (folder: string, flags: InitFlags) => {
      const out = terminal(process.stdout);
      outcome.exitCode = exitCodes.ok;
      if (flags.list === true)
        return void out.write(flags.json === true ? `${JSON.stringify(readyChecklists)}\n` : list());
      const isAsking = flags.checklist.length === 0 && flags.yes !== true && flags.json !== true;
      const checklists =
        isAsking && process.stdin.isTTY && terminal(process.stderr).isTTY ? await ask() : flags.checklist;
      const { written, kept } = await initFolder({ folder, checklists, force: flags.force === true });
      if (flags.json === true)
        return void out.write(`${JSON.stringify({ schema: "loadline.init/1", folder, written, kept })}\n`);
      for (const path of written) out.write(`wrote  ${path}\n`);
      for (const path of kept) out.write(`kept   ${path}: there already; --force replaces it\n`);
      out.write(next(folder, flags.checklist.length === 0 && checklists.length === 0, out));
    });
}

function list(): string {
  return readyChecklists.map(({ name, purpose }) => `${name.padEnd(24)}  ${purpose}\n`).join("");
}

/** Which ready checklists to write, too; asked on stderr, so that stdout stays what was done. */
async function ask(): Promise<string[]> {
  const rows = readyChecklists.map(({ name, purpose }, i) => `  ${i + 1}  ${name.padEnd(24)}  ${purpose}\n`);
  process.stderr.write(`Ready checklists that can be written beside the first one:\n${rows.join("")}`);
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await asking.question('Which, such as "1 3" or "all"? Enter for none: ');
    return answer
      .split(/[\s,]+/)
      .filter((word) => word !== "")
      .map((word) => readyChecklists[Number(word) - 1]?.name ?? word);
  } catch (error) {
    // Ctrl-C and Ctrl-D at the question.
    if (!(error instanceof Error) || error.name !== "AbortError") throw error;
    process.stderr.write("\n");
    throw new Problem("init.stopped", "Stopped at the question; nothing was written.", {
      hint: "Enter alone writes the first checklist without others, as --yes does.",
      exitCode: exitCodes.signal,
    });
  } finally {
    asking.close();
  }
}

/** What to type now: against the built-in target, then against one's own. */
function next(folder: string, offer: boolean, out: Pick<Terminal, "color">): string {
  const name = process.env.npm_command === "exec" ? "npx loadline" : "loadline";
  const at = `--checklist checklists/first-release.md`;
  const commands = [
    ...(folder === "." ? [] : [`cd '${folder.replaceAll("'", `'\\''`)}'`]),
    `${name} run scenarios/api-baseline.ts -e RATE=200 -e DURATION=10s --probes --label version=1.0 --command "loadline demo-target --quiet"`,
    `${name} attest somebody-is-on-call --by "Your Name" --role sre --expires 30d ${at}`,
    `${name} checklist checklists/first-release.md --run api-baseline/latest`,
    `${name} signoff checklists/first-release.md --run api-baseline/latest --service demo --version 1.0 --by "Your Name"`,
    `${name} verify`,
  ];
  const title = paint(out, "bold", "Try it against the built-in target:");
  const offered = offer
    ? `Ready checklists can be added: ${name} init --checklist all (${name} init --list names them).\n`
    : "";
  const own = `Then your own: ${name} run scenarios/api-baseline.ts -e BASE_URL=http://… --pid N, and your own probes in loadline.config.ts.\n`;
  return `\n${title}\n\n${commands.map((command) => `  ${command}\n`).join("")}\n${own}${offered}`;
}
