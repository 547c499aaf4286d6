import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

/**
 * Bundles the page's script and style into `<out>/report/assets/page.json`, with the hashes that the page's policy names.
 *
 * @param {{ root: string, out: string }} where the package's root, and the compiled tree to write into
 */
export async function buildAssets({ root, out }) {
  const page = join(root, "src", "report", "page");
  const bundle = async (entry) => {
    const result = await build({
      entryPoints: [join(page, entry)],
      bundle: true,
      minify: true,
      write: false,
      format: "esm",
      target: ["chrome110", "firefox115", "safari16.4"],
      legalComments: "none",
      charset: "utf8",
      logLevel: "error",
    });
    return result.outputFiles[0].text.trimEnd();
  };
  // A closing tag inside a string of a library would end the element that holds the script.
  const script = (await bundle("main.ts")).replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--");
  const css = await bundle("page.css");
  const sha256 = (text) => createHash("sha256").update(text).digest("base64");
  const folder = join(out, "report", "assets");
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, "page.json"),
    JSON.stringify({ script, css, scriptSha256: sha256(script), cssSha256: sha256(css) }),
  );
}
