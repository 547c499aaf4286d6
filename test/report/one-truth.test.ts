import { expect, test } from "vitest";
import { formatBytes, formatDuration, formatMs } from "../../src/model/units.js";
import { renderComparison } from "../../src/report/comparison-text.js";
import { formatChange, formatCount, formatNumber, formatPercent } from "../../src/report/format.js";
import { renderJunit } from "../../src/report/junit.js";
import { renderMarkdown } from "../../src/report/markdown.js";
import { makeReportModel } from "../../src/report/model.js";
import { renderText } from "../../src/report/text.js";
import { syntheticComparison, syntheticDecision, syntheticRun } from "./synthetic.js";

const record = syntheticRun({ seconds: 30, rate: 170, seed: 5 });
const comparison = syntheticComparison(record, 1.137);
const decision = syntheticDecision(record, comparison);
const model = makeReportModel(record, { decision, comparison });
const { time: _time, heatMap: _map, spectrum: _spectrum, resources: _lines, ...figures } = model;

/** Every figure that a renderer may print: each field in each notation, and the numbers inside texts. */
const allowed = new Set<string>(["50", "95", "99", "65,000"]);
const numbersIn = (text: string): string[] => text.match(/\d+(?:[.,]\d+)*/g) ?? [];
function allow(value: unknown): void {
  if (typeof value === "number") {
    const notations = [String(value), formatMs(value), formatBytes(value), formatCount(value), formatNumber(value)];
    notations.push(formatPercent(value), formatChange(value, "ms"), formatDuration(value), (value / 1000).toFixed(3));
    for (const text of notations) for (const number of numbersIn(text)) allowed.add(number);
  } else if (typeof value === "string") {
    for (const number of numbersIn(value)) allowed.add(number);
    for (const number of numbersIn(value.slice(0, 12))) allowed.add(number);
  } else if (Array.isArray(value)) {
    allowed.add(String(value.length));
    for (const item of value) allow(item);
  } else if (typeof value === "object" && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      allow(key);
      allow(item);
    }
  }
}
allow(figures);

const markup = (text: string): string => text.replace(/&#\d+;/g, " ").replace(/<\?xml[^>]*>/g, "");
test.each([
  ["terminal", renderText(record.manifest, { decision, comparison, color: false, width: 120 })],
  ["comparison", renderComparison(comparison, { color: false, width: 120 })],
  ["Markdown", markup(renderMarkdown(model)).replace(/<sub>.*<\/sub>/s, "")],
  ["JUnit", markup(renderJunit(record.manifest, comparison)).replace(/(tests|failures|errors|skipped)="\d+"/g, "")],
])("every number in the %s is a field of the run or of the comparison", (_, text) => {
  expect(numbersIn(text).length).toBeGreaterThan(30);
  expect(numbersIn(text).filter((number) => !allowed.has(number))).toEqual([]);
});

test("a field that changes in run.json changes in what is printed", () => {
  const changed = structuredClone(record.manifest);
  changed.summary!.metrics.http_req_duration!.values["p(95)"] = 7_654_321;
  changed.load!.latenessMs!.p99 = 4321;
  const text = renderText(changed, { decision, comparison, color: false, width: 120 });
  expect(text).toContain(`p(95)=${formatMs(7_654_321)}`);
  expect(text).toContain(`p99=${formatMs(4321)}`);
});
