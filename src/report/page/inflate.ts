import type { ReportModel } from "../model.js";

/** The model that the page carries, out of its compressed block. */
export async function readModel(): Promise<ReportModel> {
  const block = document.getElementById("model");
  const bytes = Uint8Array.from(atob(block?.textContent ?? ""), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return JSON.parse(await new Response(stream).text()) as ReportModel;
}
