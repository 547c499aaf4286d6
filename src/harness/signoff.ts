import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { baselinePath } from "../baseline/place.js";
import { firstPrev, sha256 } from "../checklist/ledger.js";
import { makeStatement } from "../checklist/statement.js";
import type { SignOffBlock } from "../model/checklist.js";
import { exitCodes, Problem } from "../model/problem.js";
import { writeFileAtomic } from "../record/atomic.js";
import { folderName } from "../record/folder.js";
import { type ChecklistRequest, type JudgedChecklist, judgeChecklist, writeChecklist } from "./checklist.js";
import { appendToLedger, pathFrom } from "./ledger-file.js";
import { hasBaseline, makeReport } from "./results.js";
import { signWithSsh } from "./ssh-signature.js";
import { version } from "./version.js";

export interface SignOffRequest extends ChecklistRequest {
  readonly run: string;
  readonly version: string;
  readonly service: string;
  readonly by: string;
  readonly role?: string | undefined;
  readonly deployed?: string | undefined;
  readonly notes?: string | undefined;
  /** Path of an SSH key. */
  readonly key?: string | undefined;
  /** Where the sealed files go; beside the ledger unless given. */
  readonly out?: string | undefined;
}

export interface SignedOff {
  readonly folder: string;
  readonly statement: string;
  readonly page: string;
  readonly signature: string | undefined;
  readonly judged: JudgedChecklist;
}

/**
 * Seals a checklist: renders it, states the digests of all that it rests on, and chains the statement to the ledger.
 *
 * @throws {Problem} `signoff.incomplete` (exit 113) with what stands in the way, `signoff.exists`,
 *   `signoff.not-signed`, and those of {@link judgeChecklist}
 */
export async function signOff(request: SignOffRequest): Promise<SignedOff> {
  const judged = await judgeChecklist(request);
  refuseIncomplete(judged);
  const block: SignOffBlock = {
    service: request.service,
    version: request.version,
    by: request.by,
    approvedAt: request.now.toISOString(),
    ...(request.deployed === undefined ? {} : { deployed: request.deployed }),
    ...(request.role === undefined ? {} : { role: request.role }),
    ...(request.notes === undefined ? {} : { notes: request.notes }),
  };
  const folder = await makeFolder(request);
  const run = judged.record!;
  const { reportsDir, baselinesDir, against } = request;
  if (!existsSync(join(run.folder, "report.html")))
    await makeReport({ ref: run.folder, reportsDir, baselinesDir, against });
  const page = join(folder, "checklist.html");
  const copy = join(folder, "checklist.md");
  await writeChecklist(judged, { html: page, markdown: copy, block });
  const { scenario } = run.manifest;
  const baseline = (await hasBaseline(baselinesDir, scenario, against))
    ? baselinePath(baselinesDir, scenario, against)
    : null;
  const files = [
    request.file,
    page,
    copy,
    ...runFilesOf(run.folder),
    ...[baseline, request.capacity, request.ab, request.probes],
  ];
  const subjects: { name: string; sha256: string }[] = [];
  for (const file of files) {
    if (typeof file === "string") subjects.push({ name: pathFrom(folder, file), sha256: await fileSha256(file) });
  }
  const statement = join(folder, "statement.json");
  let signature: string | undefined;
  await appendToLedger(request.ledger, request.now, async (entries) => {
    const last = entries.at(-1);
    const text = makeStatement({
      subjects,
      block,
      result: judged.result,
      baseline: baseline === null ? null : against,
      ledger: { path: pathFrom(folder, request.ledger), seq: last?.seq ?? 0, hash: last?.hash ?? firstPrev },
      signature: request.key === undefined ? "none" : "ssh",
      loadline: version,
    });
    await writeFileAtomic(statement, text);
    if (request.key !== undefined) signature = await signWithSsh(statement, request.key);
    const place = { path: pathFrom(dirname(request.ledger), statement), sha256: sha256(text) };
    const { service, by } = request;
    return { kind: "signoff", statement: place, service, version: request.version, by, run: run.manifest.id };
  });
  return { folder, statement, page, signature, judged };
}

function refuseIncomplete({ result }: JudgedChecklist): void {
  if (result.complete) return;
  const open = result.items.filter((item) => !item.settled);
  const lines = open
    .slice(0, 20)
    .map((item) => `line ${item.line}, ${item.state}: ${item.text} (${item.id}): ${item.reason}`);
  const more = open.length > lines.length ? [`and ${open.length - lines.length} more`] : [];
  throw new Problem(
    "signoff.incomplete",
    `${result.sentence}\n${[...lines, ...more].map((line) => `  ${line}`).join("\n")}`,
    {
      at: result.checklist.path,
      found: `${open.length} open`,
      expected: "every item passed, attested, waived or not applicable",
      hint: "Mend what fails, run what was not run, attest what only people know, or waive with a reason and an end.",
      exitCode: exitCodes.checklistIncomplete,
    },
  );
}

async function makeFolder(request: SignOffRequest): Promise<string> {
  const stamp = request.now.toISOString().replace(/[-:]|\.\d+/g, "");
  const name = `${folderName(request.service)}-${folderName(request.version)}-${stamp}`;
  const folder = request.out ?? join(dirname(request.ledger), "signoffs", name);
  if (existsSync(join(folder, "statement.json"))) {
    throw new Problem("signoff.exists", "There is a sign-off in this folder already.", {
      at: folder,
      hint: "Choose another folder with --out; a sealed one is never changed.",
    });
  }
  await mkdir(folder, { recursive: true });
  return folder;
}

function runFilesOf(folder: string): string[] {
  return ["run.json", "windows.hlog", "counters.ndjson", "resources.ndjson", "probes.json", "report.html"]
    .map((name) => join(folder, name))
    .filter((path) => existsSync(path));
}

/** Of a file of any size. */
export async function fileSha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
