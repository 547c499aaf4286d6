import { Command } from "commander";
import { signOff } from "../harness/signoff.js";
import { exitCodes } from "../model/problem.js";
import { addEvidenceFlags, checklistRequest, type EvidenceFlags } from "./checklist-flags.js";

interface SignOffFlags extends EvidenceFlags {
  readonly run: string;
  readonly service: string;
  readonly version: string;
  readonly by: string;
  readonly role?: string;
  readonly deployed?: string;
  readonly notes?: string;
  readonly sign?: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** `loadline signoff CHECKLIST --run RUN` */
export function signOffCommand(outcome: { exitCode: number }): Command {
  const command = new Command("signoff")
    .description("seal a complete checklist: a statement of digests, chained to the ledger, signed if wished")
    .argument("<file>", "the checklist")
    .requiredOption("--run <run>", "run folder, id, or scenario/latest")
    .requiredOption("--service <name>", "what is released")
    .requiredOption("--version <version>", "the version; the run must carry it: run --label version=…")
    .requiredOption("--by <name>", "who verified it")
    .option("--role <role>", "in which role")
    .option("--deployed <date>", "the deployment's date")
    .option("--notes <text>", "for the sign-off block")
    .option("--sign <key>", "sign with an SSH key")
    .option("--out <dir>", "where the sealed files go (default: signoffs/ beside the ledger)");
  return addEvidenceFlags(command)
    .option("--json", "print where everything is as JSON")
    .addHelpText(
      "after",
      `
Refused with exit 113 while any item fails, is stale, was not run, or is only a claim; waive what may be open.

Example:
  loadline signoff checklists/production-readiness.md --run api-baseline/latest --service shop --version 2.1 \\
    --by "Ada Byron" --role release-manager --sign ~/.ssh/id_ed25519`,
    )
    .action(async (file: string, flags: SignOffFlags) => {
      const { service, by, role, deployed, notes, out, run } = flags;
      const request = { ...checklistRequest(file, flags, flags.version), run, version: flags.version };
      const sealed = await signOff({ ...request, service, by, role, deployed, notes, key: flags.sign, out });
      const { statement, page, signature, judged } = sealed;
      const document = { statement, page, signature: signature ?? null, counts: judged.result.counts };
      const text = [judged.result.sentence, `statement  ${statement}`, `page       ${page}`];
      if (signature !== undefined) text.push(`signature  ${signature}`);
      process.stdout.write(flags.json === true ? `${JSON.stringify(document)}\n` : `${text.join("\n")}\n`);
      outcome.exitCode = exitCodes.ok;
    });
}
