import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { judgeItems } from "../checklist/judge.js";
import type { LedgerEntry } from "../checklist/ledger.js";
import { promisesOf } from "../checklist/promises.js";
import { makeResult } from "../checklist/result.js";
import { suggestBinding } from "../checklist/suggest.js";
import { tickedCopy, tickedSource } from "../checklist/tick.js";
import type { ChecklistItem, ChecklistResult, SignOffBlock } from "../model/checklist.js";
import { Problem } from "../model/problem.js";
import type { RunRecord } from "../model/run.js";
import { writeFileAtomic } from "../record/atomic.js";
import { makeFolders } from "../record/make-folders.js";
import { renderChecklistJunit } from "../report/checklist-junit.js";
import { renderChecklistPage } from "../report/checklist-page.js";
import { type EvidenceRequest, gatherEvidence } from "./checklist-evidence.js";
import { type ReadFile, readChecklistFile, refuseUnwritable } from "./checklist-file.js";
import { pathFrom, readLedgerFile } from "./ledger-file.js";
import { pageAssets } from "./page-assets.js";

export interface ChecklistRequest extends EvidenceRequest {
  readonly file: string;
  readonly ledger: string;
}

export interface JudgedChecklist {
  readonly file: ReadFile;
  readonly result: ChecklistResult;
  readonly record: RunRecord | undefined;
}

/** Holds a checklist against a run, its probes and the ledger. */
export async function judgeChecklist(request: ChecklistRequest): Promise<JudgedChecklist> {
  const file = readChecklistFile(request.file);
  const { evidence, record } = await gatherEvidence(request);
  const entries = entriesOf(request, readLedgerFile(request.ledger));
  const items = judgeItems(file.checklist, evidence, entries);
  const { path, sha256, checklist } = file;
  return { file, record, result: makeResult({ checklist, path, sha256, items, evidence }) };
}

/** What people said of this checklist and no other. */
function entriesOf(request: ChecklistRequest, entries: readonly LedgerEntry[]): LedgerEntry[] {
  const name = pathFrom(dirname(request.ledger), request.file);
  return entries.filter((entry) => entry.kind !== "signoff" && entry.checklist === name);
}

export interface ChecklistOutputs {
  readonly html?: string | undefined;
  readonly markdown?: string | undefined;
  readonly junit?: string | undefined;
  /** Tick the document itself. */
  readonly write?: boolean | undefined;
  readonly block?: SignOffBlock | undefined;
}

/** Where a run's folder keeps the renderings of a checklist. */
export function outputsBeside(judged: JudgedChecklist): ChecklistOutputs {
  if (judged.record === undefined) return {};
  const name = basename(judged.file.path).replace(/\.\w+$/, "");
  const folder = join(judged.record.folder, "checklists");
  return {
    html: join(folder, `${name}.html`),
    markdown: join(folder, `${name}.md`),
    junit: join(folder, `${name}.junit.xml`),
  };
}

/** Writes the renderings that are asked for. @returns their paths @throws {Problem} `output.not-writable`, `checklist.not-utf8` */
export async function writeChecklist(judged: JudgedChecklist, outputs: ChecklistOutputs): Promise<string[]> {
  const { file, result } = judged;
  const written: string[] = [];
  const write = async (path: string | undefined, text: () => string): Promise<void> => {
    if (path === undefined) return;
    await writeRendering(path, text());
    written.push(path);
  };
  if (outputs.write === true) refuseUnwritable(file);
  await write(outputs.html, () => pageOf(judged, dirname(outputs.html!), outputs.block));
  await write(outputs.markdown, () => tickedCopy(file.source, file.checklist, result));
  await write(outputs.junit, () => renderChecklistJunit(result));
  if (outputs.write === true) await write(file.path, () => tickedSource(file.source, file.checklist, result));
  return written;
}

async function writeRendering(path: string, content: string): Promise<void> {
  try {
    await makeFolders(dirname(path));
    await writeFileAtomic(path, content);
  } catch (cause) {
    throw new Problem("output.not-writable", `${path} cannot be written.`, {
      at: path,
      found: (cause as NodeJS.ErrnoException).code,
      hint: "Make its folder writable, or name another file with --html, --markdown and --junit.",
      cause,
    });
  }
}

function pageOf({ result, record }: JudgedChecklist, folder: string, block: SignOffBlock | undefined): string {
  const runHref = record === undefined ? undefined : `${hrefOf(pathFrom(folder, record.folder))}/`;
  const hasReport = record !== undefined && existsSync(join(record.folder, "report.html"));
  return renderChecklistPage({ result, block, runHref, hasReport, assets: pageAssets() });
}

/** A relative path as a URL: no character of a folder's name may end the attribute or name a scheme. */
function hrefOf(path: string): string {
  const encoded = path.split("/").map(encodeURIComponent).join("/");
  return path === "" ? "." : /^[a-z]:/i.test(path) ? pathToFileURL(path).href : `./${encoded}`;
}

export interface Suggestion {
  readonly id: string;
  readonly line: number;
  readonly text: string;
  readonly binding: string;
}

export interface Suggestions {
  readonly path: string;
  readonly items: number;
  readonly bound: number;
  readonly unbound: number;
  readonly suggestions: readonly Suggestion[];
}

/**
 * Bindings for the items that have none and are recognised; of the notes, those that promise a figure.
 *
 * @param write insert them into the document
 */
export async function suggestBindings(path: string, write: boolean): Promise<Suggestions> {
  const file = readChecklistFile(path);
  const { items, notes } = file.checklist;
  const open = items.filter((item) => item.bindings.length === 0 && !item.isGroup);
  const candidates = [...open, ...notes.filter((note) => promisesOf(note.promise).length > 0)];
  const found = candidates.flatMap((item) => {
    const binding = suggestBinding(item.text, item.promise);
    return binding === undefined ? [] : [{ item, binding }];
  });
  found.sort((a, b) => a.item.endsAt - b.item.endsAt);
  if (write && found.length > 0) {
    refuseUnwritable(file);
    await writeRendering(path, withComments(file.source, found));
  }
  const ofItems = found.filter(({ item }) => open.includes(item)).length;
  return {
    path,
    items: items.length,
    bound: items.filter((item) => item.bindings.length > 0).length,
    unbound: open.length - ofItems,
    suggestions: found.map(({ item, binding }) => ({ id: item.id, line: item.line, text: item.text, binding })),
  };
}

function withComments(
  source: string,
  found: readonly { readonly item: ChecklistItem; readonly binding: string }[],
): string {
  let text = "";
  let at = 0;
  for (const { item, binding } of found) {
    text += `${source.slice(at, item.endsAt)} <!-- loadline: ${binding} -->`;
    at = item.endsAt;
  }
  return text + source.slice(at);
}
