import { Command } from "commander";
import { renderSignOffMarkdown } from "../harness/rendering.js";
import { type SignedOff, signOff } from "../harness/signoff.js";
import { type Notice, postWebhook, webhookAddress } from "../harness/webhook.js";
import { exitCodes } from "../model/problem.js";
import { addEvidenceFlags, checklistRequest, type EvidenceFlags } from "./checklist-flags.js";
import { onSignal } from "./signals.js";

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
  readonly webhook?: string;
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
    .option("--webhook <url>", "post the sign-off as JSON once it is sealed (or LOADLINE_WEBHOOK in the environment)")
    .option("--json", "print where everything is as JSON")
    .addHelpText(
      "after",
      `
Refused with exit 113 while any item fails, is stale, was not run, or is only a claim; waive what may be open.
A webhook that fails is told on stderr; the sign-off stands, and the exit code is 0.

Example:
  loadline signoff checklists/production-readiness.md --run api-baseline/latest --service shop --version 2.1 \\
    --by "Ada Byron" --role release-manager --sign ~/.ssh/id_ed25519`,
    )
    .action(async (file: string, flags: SignOffFlags) => {
      const { service, by, role, deployed, notes, out, run } = flags;
      const webhook = webhookAddress(flags.webhook, process.env.LOADLINE_WEBHOOK);
      const request = { ...checklistRequest(file, flags, flags.version), run, version: flags.version };
      const stopping = new AbortController();
      const release = onSignal(() => stopping.abort());
      const sealed = await signOff({
        ...{ ...request, service, by, role, deployed, notes, key: flags.sign, out, signal: stopping.signal },
      }).finally(release);
      const { statement, page, signature, judged } = sealed;
      const document = {
        ...{ schema: "loadline.signed-off/1", statement, page, signature: signature ?? null },
        counts: judged.result.counts,
      };
      const text = [judged.result.sentence, `statement  ${statement}`, `page       ${page}`];
      if (signature !== undefined) text.push(`signature  ${signature}`);
      process.stdout.write(flags.json === true ? `${JSON.stringify(document)}\n` : `${text.join("\n")}\n`);
      outcome.exitCode = exitCodes.ok;
      // Last of all: what is sealed stays sealed, whoever hears of it.
      const failure = webhook === undefined ? undefined : await postWebhook(webhook, noticeOf(sealed));
      if (failure !== undefined) process.stderr.write(`warn  ${failure} The sign-off stands.\n`);
    });
}

function noticeOf(sealed: SignedOff) {
  const { block, judged, statement, sha256, signature } = sealed;
  const { result } = judged;
  const notice: Notice = {
    ...{ schema: "loadline.notice/1", event: "signoff.finished", startedAt: block.approvedAt },
    ...{ endedAt: new Date().toISOString(), exitCode: exitCodes.ok, text: renderSignOffMarkdown(block, result) },
  };
  return {
    ...notice,
    signOff: block,
    checklist: { title: result.title, path: result.checklist.path },
    run: result.run,
    counts: result.counts,
    waived: result.items
      .filter(({ state }) => state === "waived")
      .map(({ id, text, reason }) => ({ id, text, reason })),
    silent: result.subsystems.silent,
    statement: { path: statement, sha256 },
    signature: signature ?? null,
  };
}
