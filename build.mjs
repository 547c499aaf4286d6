// Compiles src/ to dist/, bundles what processes and threads start from, and the report's page script. `npm ci` calls it through "prepare".
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { build } from "esbuild";

const require = createRequire(import.meta.url);
const root = import.meta.dirname;
// The native compiler, seven times as fast; the layer checker still needs the one that is a library.
const tsc = join(dirname(require.resolve("typescript-native/package.json")), "bin", "tsc");

rmSync(join(root, "dist"), { recursive: true, force: true });
try {
  execFileSync(process.execPath, [tsc, "-p", join(root, "tsconfig.json")], { stdio: "inherit", cwd: root });
} catch {
  process.exit(1);
}
await bundleEntries();

const assets = join(root, "src", "report", "build-assets.mjs");
if (existsSync(assets)) {
  const { buildAssets } = await import(assets);
  await buildAssets({ root, out: join(root, "dist") });
}

/**
 * What a process or thread starts from, each replaced by a bundle of itself: hundreds of small files cost a run a sixth of
 * a second of CPU before it begins. What they share is in chunks, one folder below dist/ as every module is, so that paths
 * relative to a module hold. The single files stay for the benchmarks of the parts.
 */
async function bundleEntries() {
  const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const entries = ["cli/bin", "index", "harness/engine-thread", "harness/self-test-server", "load/pacer-thread"];
  await build({
    entryPoints: entries.map((entry) => join(root, "dist", `${entry}.js`)),
    outdir: join(root, "dist"),
    outbase: join(root, "dist"),
    chunkNames: "chunks/[name]-[hash]",
    allowOverwrite: true,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    // zod is a hundred small files, half of them translations that nobody asks for.
    external: Object.keys(dependencies).filter((name) => name !== "zod"),
    // Chains to the compiler's own maps: with --enable-source-maps a stack names the lines of src/.
    sourcemap: true,
    sourcesContent: false,
    logLevel: "warning",
  });
  copyFileSync(
    join(dirname(require.resolve("zod/package.json")), "LICENSE"),
    join(root, "dist", "chunks", "zod.LICENSE"),
  );
}
