// Compiles src/ to dist/ and bundles the report's page script. `npm ci` calls it through "prepare".
import { execFileSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

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
const assets = join(root, "src", "report", "build-assets.mjs");
if (existsSync(assets)) {
  const { buildAssets } = await import(assets);
  await buildAssets({ root, out: join(root, "dist") });
}
