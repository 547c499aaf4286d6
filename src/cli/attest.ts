import { Command, Option } from "commander";
import { attest } from "../harness/attest.js";
import { exitCodes } from "../model/problem.js";
import { parseDuration } from "../model/units.js";

interface AttestFlags {
  readonly by: string;
  readonly role?: string;
  readonly note?: string;
  readonly expires?: string;
  readonly version?: string;
  readonly checklist?: string;
  readonly ledger: string;
  readonly waive?: boolean;
  readonly revoke?: boolean;
  readonly json?: boolean;
}

/** `loadline attest ITEM --by NAME` */
export function attestCommand(outcome: { exitCode: number }): Command {
  return new Command("attest")
    .description("a person's word about an item, a waiver, or its withdrawal, in the ledger")
    .argument("<item>", "the item's id, as loadline checklist shows it")
    .requiredOption("--by <name>", "who says so")
    .option("--role <role>", "in which role")
    .option("--note <text>", "what was seen or done; of a waiver, why")
    .option("--expires <time>", "how long the word holds, such as 30d")
    .option("--version <version>", "of which version it is said")
    .option("--checklist <file>", "the document (default: every one beside the ledger)")
    .option("--ledger <file>", "where it is written", "checklists/ledger.ndjson")
    .option("--waive", "let the item be open, with --note and --expires")
    .addOption(new Option("--revoke", "take back what was said of the item").conflicts("waive"))
    .option("--json", "print the entry as JSON")
    .addHelpText(
      "after",
      `
Examples:
  loadline attest runbooks-created-1a2b3c --by "Ada Byron" --role sre --note "read on 3 May" --expires 30d
  loadline attest no-memory-leaks-4d5e6f --waive --by "Ada Byron" --note "fixed in 2.2" --expires 14d`,
    )
    .action(async (item: string, flags: AttestFlags) => {
      const { by, role, note, ledger } = flags;
      const entry = await attest({
        kind: flags.revoke === true ? "revoke" : flags.waive === true ? "waive" : "attest",
        item,
        file: flags.checklist,
        ledger,
        by,
        role,
        note,
        version: flags.version,
        expiresMs: flags.expires === undefined ? undefined : parseDuration(flags.expires, "--expires"),
        now: new Date(),
      });
      const text =
        flags.json === true ? JSON.stringify(entry) : `${ledger}: entry ${entry.seq}, ${entry.kind}, by ${by}`;
      process.stdout.write(`${text}\n`);
      outcome.exitCode = exitCodes.ok;
    });
}
