import { describe, expect, test } from "vitest";
import { renderComparison } from "../../src/report/comparison-text.js";
import { renderJunit } from "../../src/report/junit.js";
import { renderMarkdown } from "../../src/report/markdown.js";
import { makeReportModel } from "../../src/report/model.js";
import { renderText } from "../../src/report/text.js";
import { syntheticComparison, syntheticDecision, syntheticRun } from "./synthetic.js";

const record = syntheticRun({ seconds: 30, rate: 100, stallAt: -1 });
const comparison = syntheticComparison(record, 1.2);
const decision = syntheticDecision(record, comparison);
const model = makeReportModel(record, { decision, comparison });

describe("renderings look as they were approved", () => {
  test("the terminal summary", async () => {
    const text = renderText(record.manifest, { decision, comparison, color: false, width: 120 });
    await expect(text).toMatchFileSnapshot("golden/summary.txt");
  });
  test("the comparison table", async () => {
    await expect(renderComparison(comparison, { color: false, width: 110 })).toMatchFileSnapshot(
      "golden/comparison.txt",
    );
  });
  test("the Markdown comment", async () => {
    await expect(renderMarkdown(model)).toMatchFileSnapshot("golden/comment.md.txt");
  });
  test("the JUnit file", async () => {
    await expect(renderJunit(record.manifest, comparison)).toMatchFileSnapshot("golden/junit.xml");
  });
});

describe("the terminal summary", () => {
  test("uses no escape sequence without colour, and only colours with it", () => {
    const plain = renderText(record.manifest, { decision, comparison, color: false, width: 120 });
    const colored = renderText(record.manifest, { decision, comparison, color: true, width: 120 });
    expect(plain).not.toContain("\u001b");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one
    expect(colored.replace(/\u001b\[\d+m/g, "")).toBe(plain);
  });
  test("ends with the verdict", () => {
    const lines = renderText(record.manifest, { decision, color: false, width: 120 }).trimEnd().split("\n");
    expect(lines.at(-1)).toMatch(/^ {2}REGRESSED {2}/);
  });
  test("keeps trend lines inside a narrow terminal", () => {
    const text = renderText(record.manifest, { decision, color: false, width: 80 });
    for (const line of text.split("\n").filter((line) => line.includes("avg=")))
      expect(line.length).toBeLessThanOrEqual(80);
  });
  test.each([
    ["an empty run", syntheticRun({ seconds: 0 }), "INVALID"],
    ["an interrupted run", syntheticRun({ seconds: 10, rate: 50, status: "interrupted", stallAt: -1 }), "INCONCLUSIVE"],
    ["a run of nothing but errors", syntheticRun({ seconds: 5, rate: 50, errorRatio: 1, stallAt: -1 }), "FAIL"],
  ])("tells the truth of %s", (_, run, word) => {
    const text = renderText(run.manifest, { decision: syntheticDecision(run), color: false, width: 120 });
    expect(text).toContain(word);
    expect(text).not.toMatch(/NaN|undefined|null|Infinity/);
  });
  test("never rounds a failing check up to 100 %", () => {
    const run = syntheticRun({ seconds: 100, rate: 100, errorRatio: 0.0002, stallAt: -1 });
    const checks = run.manifest.summary!.metrics.checks!;
    expect(checks.values.fails).toBeGreaterThan(0);
    const text = renderText(run.manifest, { decision: syntheticDecision(run), color: false, width: 120 });
    expect(text).not.toMatch(/checks\.*: 100 %/);
  });
});
