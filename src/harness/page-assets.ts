import { readFileSync } from "node:fs";
import type { PageAssets } from "../report/page.js";

/** What the build made of the pages' script and style. */
export function pageAssets(): PageAssets {
  return JSON.parse(readFileSync(new URL("../report/assets/page.json", import.meta.url), "utf8")) as PageAssets;
}
