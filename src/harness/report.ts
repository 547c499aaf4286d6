import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { decide } from "../compare/decide.js";
import type { Comparison } from "../model/comparison.js";
import type { HistogramData } from "../model/histogram.js";
import { Problem } from "../model/problem.js";
import type { RunRecord } from "../model/run.js";
import { writeFileAtomic } from "../record/atomic.js";
import { makeFolders } from "../record/make-folders.js";
import { charts } from "../report/charts/catalog.js";
import { pngTheme } from "../report/charts/theme.js";
import { chartFontFiles } from "../report/font.js";
import { renderJunit } from "../report/junit.js";
import { renderMarkdown } from "../report/markdown.js";
import { makeReportModel, type ReportModel } from "../report/model.js";
import { renderPage } from "../report/page.js";
import { drawPng } from "../report/png.js";
import { pageAssets } from "./page-assets.js";

/** CSS pixels; the files have twice as many each way. */
export const pngWidth = 960;

export interface ReportInput {
  readonly record: RunRecord;
  readonly comparison?: Comparison | undefined;
  /** Merged over the baseline's runs, for the overlay. */
  readonly baselineTotals?: ReadonlyMap<string, HistogramData> | undefined;
  readonly junit?: string | undefined;
  readonly markdown?: string | undefined;
}

export interface MadeReport {
  readonly html: string;
  readonly charts: readonly string[];
  readonly summary: string;
  readonly model: ReportModel;
  /** Charts that this run has nothing for, and why. */
  readonly notes: readonly string[];
}

/**
 * Renders a run's report into its folder: report.html, charts/*.png, summary.md; JUnit and more where asked for.
 *
 * @throws {Problem} `report.not-writable` where the disk is full, or the folder read-only
 */
export async function writeReport(input: ReportInput): Promise<MadeReport> {
  try {
    return await writeAll(input);
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    if (code === undefined || !unwritable.has(code)) throw error;
    throw new Problem("report.not-writable", "The report cannot be written.", {
      at: path ?? input.record.folder,
      found: code === "ENOSPC" || code === "EDQUOT" ? `${code}: no space left` : code,
      expected: "a folder with room that you may write to",
      hint: "Make room or change the folder's rights, or copy the run folder elsewhere and report from there. The run itself is not touched.",
      cause: error,
    });
  }
}

const unwritable = new Set([
  "ENOSPC",
  "EDQUOT",
  "EROFS",
  "EACCES",
  "EPERM",
  "ENOTDIR",
  "ENOENT",
  "EISDIR",
  "EEXIST",
  "EFBIG",
  "EIO",
]);

async function writeAll(input: ReportInput): Promise<MadeReport> {
  const { record, comparison, baselineTotals } = input;
  const model = makeReportModel(record, {
    decision: decide(record.manifest, comparison, {
      damage: record.damage,
      isAccepted: comparison === undefined && baselineTotals !== undefined,
    }),
    comparison,
    baselineTotals,
  });
  const html = join(record.folder, "report.html");
  const summary = join(record.folder, "summary.md");
  await writeFileAtomic(html, renderPage(model, pageAssets()));
  await makeFolders(join(record.folder, "charts"));
  const fonts = chartFonts();
  const files: string[] = [];
  const notes: string[] = [];
  for (const chart of charts) {
    const missing = chart.missing(model);
    if (missing !== undefined) {
      notes.push(`no ${chart.id}.png: ${missing}`);
      continue;
    }
    const file = join(record.folder, "charts", `${chart.id}.png`);
    const png = drawPng(chart.configure(model, pngTheme), { width: pngWidth, height: chart.height, fonts });
    await writeFileAtomic(file, png);
    files.push(file);
  }
  const markdown = renderMarkdown(model);
  await writeFileAtomic(summary, markdown);
  if (input.markdown !== undefined) await writeOutput(input.markdown, markdown);
  if (input.junit !== undefined) await writeOutput(input.junit, renderJunit(record.manifest, comparison));
  return { html, charts: files, summary, model, notes };
}

async function writeOutput(path: string, text: string): Promise<void> {
  await makeFolders(dirname(path));
  await writeFileAtomic(path, text);
}

/** Bytes of the charts' font. */
export function chartFonts() {
  const require = createRequire(import.meta.url);
  const read = (file: string): Uint8Array => {
    // Packages of fonts export no files by name, so the path is joined by hand to where the package lies.
    const [packageName, ...rest] = file.split("/");
    return readFileSync(join(dirname(require.resolve(`${packageName}/package.json`)), ...rest));
  };
  return { regular: read(chartFontFiles.regular), bold: read(chartFontFiles.bold) };
}
