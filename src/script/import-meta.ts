import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { pathToFileURL } from "node:url";
import type { Loader, Plugin } from "esbuild";

/**
 * Gives `import.meta.url` and `import.meta.resolve` of the script's own files what they stand for.
 *
 * The bundle is one text that is evaluated for each VU, and has no place of its own that paths could start from.
 */
export const importMeta: Plugin = {
  name: "import-meta",
  setup(builder) {
    builder.onLoad({ filter: /\.[cm]?[jt]sx?$/, namespace: "file" }, async ({ path }) => {
      const contents = await readFile(path, "utf8");
      if (!contents.includes("import.meta")) return undefined;
      const url = JSON.stringify(pathToFileURL(path).href);
      const meta = `({ url: ${url}, resolve: (path) => new URL(path, ${url}).href })`;
      // On the same line, so that an exception's line stays true.
      return { contents: contents.replace(/\bimport\.meta\b/g, () => meta), loader: loaderOf(path) };
    });
  },
};

function loaderOf(path: string): Loader {
  const kind = extname(path).slice(1).replace(/^[cm]/, "");
  return kind === "ts" || kind === "tsx" || kind === "jsx" ? kind : "js";
}
