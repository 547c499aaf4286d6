import { Command } from "commander";
import { type Verified, verify } from "../harness/verify.js";
import { exitCodes } from "../model/problem.js";

/** `loadline verify [STATEMENT]` */
export function verifyCommand(outcome: { exitCode: number }): Command {
  return new Command("verify")
    .description("check sign-offs, their files, signatures and the ledger, offline")
    .argument("[statement]", "a statement.json or its folder (default: every sign-off of the ledger)")
    .option("--ledger <file>", "the ledger, where no statement names it", "checklists/ledger.ndjson")
    .option("--allowed-signers <file>", "who may sign, in ssh-keygen's format; unsigned statements fail then")
    .option("--json", "print the result as JSON")
    .addHelpText(
      "after",
      `
Exit 113 with the first thing that does not fit.

Examples:
  loadline verify
  loadline verify checklists/signoffs/shop-2.1-20260118T142233Z --allowed-signers allowed_signers`,
    )
    .action(
      async (statement: string | undefined, flags: { ledger: string; allowedSigners?: string; json?: boolean }) => {
        const { ledger, allowedSigners } = flags;
        const verified = await verify({ statement, ledger, allowedSigners });
        process.stdout.write(flags.json === true ? `${JSON.stringify(verified)}\n` : said(verified));
        outcome.exitCode = verified.ok ? exitCodes.ok : exitCodes.checklistIncomplete;
      },
    );
}

function said({ trouble, statements, ledgerEntries, notes }: Verified): string {
  const lines = statements.map(
    ({ path, signer, subjects }) => `good  ${path}: ${subjects} files${signer === null ? "" : `, signed by ${signer}`}`,
  );
  if (trouble === null) lines.push(`good  the ledger: ${ledgerEntries} entries`);
  else {
    lines.push(`BAD   ${trouble.what} ${trouble.at}: ${trouble.reason}`);
    lines.push(`      found     ${trouble.found}`, `      expected  ${trouble.expected}`);
  }
  return `${[...lines, ...notes.map((note) => `note  ${note}`)].join("\n")}\n`;
}
