import { createHash } from "node:crypto";
import { constants, createReadStream, existsSync } from "node:fs";
import { access, mkdir, rename, rm, rmdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { baselinePath } from "../baseline/place.js";
import { firstPrev, sha256 } from "../checklist/ledger.js";
import { makeStatement } from "../checklist/statement.js";
import type { SignOffBlock } from "../model/checklist.js";
import { exitCodes, Problem } from "../model/problem.js";
import { writeFileAtomic } from "../record/atomic.js";
import { folderName } from "../record/folder.js";
import { makeFolders } from "../record/make-folders.js";
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
  /** Aborted where the user wants to stop: nothing is sealed then. */
  readonly signal?: AbortSignal | undefined;
}

export interface SignedOff {
  readonly folder: string;
  readonly statement: string;
  readonly page: string;
  readonly signature: string | undefined;
  readonly block: SignOffBlock;
  readonly judged: JudgedChecklist;
  /** Of the statement, as the ledger has it. */
  readonly sha256: string;
}

/**
 * Seals a checklist: renders it, states the digests of all that it rests on, and chains the statement to the ledger.
 *
 * @throws {Problem} `signoff.nameless`, `signoff.incomplete` (exit 113) with what stands in the way, `signoff.exists`,
 *   `signoff.not-writable`, `signoff.not-signed`, `signoff.stopped` (105), and those of {@link judgeChecklist}
 */
export async function signOff(request: SignOffRequest): Promise<SignedOff> {
  refuseNameless(request);
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
  const place = await makePlace(request);
  try {
    return await seal(request, judged, block, place);
  } catch (error) {
    // A page with a sign-off block that nobody sealed must not stay behind.
    await place.remove();
    throw error;
  }
}

async function seal(
  request: SignOffRequest,
  judged: JudgedChecklist,
  block: SignOffBlock,
  { folder, page, copy, statement }: Place,
): Promise<SignedOff> {
  const run = judged.record!;
  const { reportsDir, baselinesDir, against } = request;
  if (!existsSync(join(run.folder, "report.html")))
    await makeReport({ ref: run.folder, reportsDir, baselinesDir, against });
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
  let signature: string | undefined;
  let digest = "";
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
    digest = sha256(text);
    // Under its own name only once it is signed: a process that is killed while a passphrase is asked for must not
    // leave a statement that the ledger does not know.
    const open = `${statement}.part`;
    await writeFileAtomic(open, text);
    if (request.key !== undefined) {
      const signed = await signWithSsh(open, request.key).catch((error: unknown) => {
        refuseStopped(request);
        throw error;
      });
      signature = `${statement}.sig`;
      await rename(signed, signature);
    }
    refuseStopped(request);
    await rename(open, statement);
    const named = { path: pathFrom(dirname(request.ledger), statement), sha256: digest };
    const { service, by } = request;
    const silent = judged.result.subsystems.silent.map(({ kind, name }) => `${kind} ${name}`);
    return {
      ...{ kind: "signoff", statement: named, service, version: request.version, by, run: run.manifest.id },
      ...(silent.length === 0 ? {} : { silent }),
    };
  });
  return { folder, statement, page, signature, block, judged, sha256: digest };
}

function refuseStopped({ signal }: SignOffRequest): void {
  if (signal?.aborted !== true) return;
  throw new Problem("signoff.stopped", "The sign-off was stopped; nothing was sealed.", {
    hint: "Give the same command again.",
    exitCode: exitCodes.signal,
  });
}

function refuseNameless({ service, version, by }: SignOffRequest): void {
  for (const [flag, value] of Object.entries({ "--service": service, "--version": version, "--by": by })) {
    if (value.trim() !== "") continue;
    throw new Problem("signoff.nameless", `${flag} is empty.`, {
      at: flag,
      hint: "A sign-off names what is released, its version, and who signs.",
      exitCode: exitCodes.usage,
    });
  }
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

interface Place {
  readonly folder: string;
  readonly page: string;
  readonly copy: string;
  readonly statement: string;
  /** Takes away what was written. */
  remove(): Promise<void>;
}

async function makePlace(request: SignOffRequest): Promise<Place> {
  const stamp = request.now.toISOString().replace(/[-:]|\.\d+/g, "");
  const name = `${folderName(request.service)}-${folderName(request.version)}-${stamp}`;
  const folder = request.out ?? join(dirname(request.ledger), "signoffs", name);
  const [page, copy, statement] = ["checklist.html", "checklist.md", "statement.json"].map((one) => join(folder, one));
  const files = [page!, copy!, statement!, `${statement}.sig`, `${statement}.part`, `${statement}.part.sig`];
  const there = files.find((path) => existsSync(path));
  if (there !== undefined) {
    const isSealed = existsSync(statement!);
    const what = isSealed ? "There is a sign-off in this folder already." : "The folder holds a file of that name.";
    throw new Problem("signoff.exists", what, {
      at: isSealed ? folder : there,
      expected: "a folder of its own",
      hint: "Choose another folder with --out; nothing that is there is ever replaced.",
    });
  }
  let parents: string | undefined;
  let isNew = false;
  try {
    parents = await makeFolders(dirname(folder));
    isNew = await mkdir(folder).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        // Two sign-offs of one second must not write into one folder.
        if (error.code === "EEXIST" && request.out !== undefined) return false;
        throw error;
      },
    );
    await access(folder, constants.W_OK);
  } catch (cause) {
    throw new Problem("signoff.not-writable", "The sign-off's folder cannot be written.", {
      at: folder,
      found: (cause as NodeJS.ErrnoException).code,
      expected: "a folder that can be written to",
      hint: "Make it writable, or choose another with --out.",
      cause,
    });
  }
  const remove = async (): Promise<void> => {
    for (const path of files) await rm(path, { force: true });
    if (!isNew) return;
    // Only what is empty: another sign-off may have come to lie beside this one.
    const last = resolve(parents ?? folder);
    for (let path = resolve(folder); path.length >= last.length; path = dirname(path)) {
      if (
        !(await rmdir(path).then(
          () => true,
          () => false,
        ))
      )
        return;
    }
  };
  return { folder, page: page!, copy: copy!, statement: statement!, remove };
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
