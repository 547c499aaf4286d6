import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { loadImage } from "@napi-rs/canvas";
import { expect, test } from "vitest";
import { charts } from "../../src/report/charts/catalog.js";
import { pngTheme } from "../../src/report/charts/theme.js";
import { chartFontFiles } from "../../src/report/font.js";
import { makeReportModel } from "../../src/report/model.js";
import { drawPng } from "../../src/report/png.js";
import { syntheticDecision, syntheticRun } from "./synthetic.js";

const require = createRequire(import.meta.url);
const fonts = {
  regular: readFileSync(require.resolve(chartFontFiles.regular)),
  bold: readFileSync(require.resolve(chartFontFiles.bold)),
};
const record = syntheticRun({ seconds: 30, rate: 60 });
const model = makeReportModel(record, { decision: syntheticDecision(record) });

test("a run gives at least six pictures, each of twice the density and the same when drawn again", async () => {
  const drawable = charts.filter((chart) => chart.missing(model) === undefined);
  expect(drawable.length).toBeGreaterThanOrEqual(6);
  for (const spec of drawable) {
    const options = { width: 800, height: spec.height, fonts };
    const first = drawPng(spec.configure(model, pngTheme), options);
    const second = drawPng(spec.configure(model, pngTheme), options);
    expect(first.equals(second), spec.id).toBe(true);
    const image = await loadImage(first);
    expect([image.width, image.height]).toEqual([1600, spec.height * 2]);
  }
});
