import { join } from "node:path";
import type { CapacityResult } from "../model/capacity.js";
import { writeFileAtomic } from "../record/atomic.js";
import { makeNamedFolders } from "../record/make-folders.js";
import { renderCapacityPage } from "../report/capacity-page.js";
import { capacityChart } from "../report/charts/capacity.js";
import { pngTheme } from "../report/charts/theme.js";
import { drawPng } from "../report/png.js";
import { pageAssets } from "./page-assets.js";
import { chartFonts, pngWidth } from "./report.js";

/** capacity.json, charts/capacity.png and capacity.html, into a search's folder. */
export async function writeCapacity(folder: string, result: CapacityResult): Promise<void> {
  // First what cannot be made again.
  await writeFileAtomic(join(folder, "capacity.json"), `${JSON.stringify(result, undefined, 2)}\n`);
  const png = drawPng(capacityChart.configure(result, pngTheme), {
    width: pngWidth,
    height: capacityChart.height,
    fonts: chartFonts(),
  });
  await makeNamedFolders(join(folder, "charts"));
  await writeFileAtomic(join(folder, "charts", "capacity.png"), png);
  await writeFileAtomic(join(folder, "capacity.html"), renderCapacityPage(result, png, pageAssets()));
}
