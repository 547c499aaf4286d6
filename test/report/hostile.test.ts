import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, expect, test } from "vitest";
import { charts } from "../../src/report/charts/catalog.js";
import { pngTheme } from "../../src/report/charts/theme.js";
import { chartFontFiles } from "../../src/report/font.js";
import { renderJunit } from "../../src/report/junit.js";
import { renderMarkdown } from "../../src/report/markdown.js";
import { makeReportModel } from "../../src/report/model.js";
import { renderPage } from "../../src/report/page.js";
import { drawPng } from "../../src/report/png.js";
import { renderText } from "../../src/report/text.js";
import { hostileNames, hostileRun } from "./hostile-run.js";
import { syntheticDecision, syntheticRun } from "./synthetic.js";

const assets = { script: "", css: "", scriptSha256: "a", cssSha256: "b" };

describe("names from script and target are text, never markup", () => {
  const record = hostileRun();
  const decision = { ...syntheticDecision(record), sentence: hostileNames.join(" ") };
  const model = makeReportModel(record, { decision });

  test("in the page", () => {
    const page = renderPage(model, assets);
    expect(page).not.toContain("<script>alert");
    expect(page).not.toContain("<img");
    expect(page.match(/<\/script>/g)!.length).toBe(2);
    expect(page).toContain("&#60;img src=x");
  });
  test("in the terminal", () => {
    const text = renderText(record.manifest, { decision, color: false, width: 100 });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they must not be there
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/);
  });
  test("in JUnit, which stays valid XML", () => {
    const xml = renderJunit(record.manifest);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: XML forbids them
    expect(xml).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff]/);
    expect(xml).not.toContain("<img");
    expect(xml.match(/<testcase/g)!.length).toBe(4);
  });
  test("in Markdown, where nothing links, mentions or opens a column", () => {
    const markdown = renderMarkdown(model);
    expect(markdown).not.toContain("<script");
    expect(markdown).not.toMatch(/(?<!\\)\]\(/);
    expect(markdown).not.toContain("@everyone");
    expect(markdown).toContain("&#64;everyone");
    const columns = markdown
      .split("\n")
      .filter((line) => line.startsWith("| a"))
      .map((line) => line.split(/(?<!\\)\|/).length);
    expect(columns).toEqual([9]);
  });
  test("in a picture, which is drawn all the same", () => {
    const require = createRequire(import.meta.url);
    const fonts = {
      regular: readFileSync(require.resolve(chartFontFiles.regular)),
      bold: readFileSync(require.resolve(chartFontFiles.bold)),
    };
    expect(drawPng(charts[0]!.configure(model, pngTheme), { width: 600, height: 400, fonts }).length).toBeGreaterThan(
      10_000,
    );
  });
});

test("Markdown of a thousand endpoints and warnings stays under 65,536 characters", () => {
  const names = Array.from({ length: 100 }, (_, i) => `/${"long".repeat(300)}/${i}`);
  const record = syntheticRun({ seconds: 3, rate: 200, endpoints: names });
  record.manifest.warnings.push(...Array.from({ length: 1000 }, () => "w".repeat(5000)));
  const decision = syntheticDecision(record);
  const markdown = renderMarkdown(makeReportModel(record, { decision }));
  expect(markdown.length).toBeLessThan(65_536);
  expect(markdown).toContain(decision.word);
});
