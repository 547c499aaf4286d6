import type { Trend } from "../model/history.js";
import { Problem } from "../model/problem.js";
import { writeFileAtomic } from "../record/atomic.js";
import { pngTheme } from "../report/charts/theme.js";
import { trendChart } from "../report/charts/trend.js";
import { drawPng } from "../report/png.js";
import { chartFonts, pngWidth } from "./report.js";

/** Draws a trend into a PNG file. @throws {Problem} `history.chart-not-writable` */
export async function writeTrendChart(path: string, trend: Trend): Promise<void> {
  const png = drawPng(trendChart.configure(trend, pngTheme), {
    width: pngWidth,
    height: trendChart.height,
    fonts: chartFonts(),
  });
  try {
    await writeFileAtomic(path, png);
  } catch (cause) {
    throw new Problem("history.chart-not-writable", `${path} cannot be written.`, {
      at: "--chart",
      found: (cause as NodeJS.ErrnoException).code,
      hint: "Name a file in a folder that exists and that you may write to.",
      cause,
    });
  }
}
