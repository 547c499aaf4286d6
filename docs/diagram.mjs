// Writes the layers' diagram into docs/architecture.md from the imports in src/; --check only says whether it is current.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cruise } from "dependency-cruiser";

const root = join(import.meta.dirname, "..");
const file = join(import.meta.dirname, "architecture.md");
const { output } = await cruise(["src"], {
  baseDir: root,
  doNotFollow: { path: "node_modules" },
  tsPreCompilationDeps: true,
});

const folder = (path) => /^src\/([^/]+)\//.exec(path)?.[1];
const edges = new Set();
for (const module of output.modules) {
  for (const dependency of module.dependencies) {
    const [from, to] = [folder(module.source), folder(dependency.resolved)];
    // Everything imports model, and nearly everything stats: lines that would say nothing.
    if (from && to && from !== to && to !== "model" && to !== "stats") edges.add(`  ${from} --> ${to}`);
  }
}
const diagram = ["```mermaid", "flowchart LR", ...[...edges].sort(), "```"].join("\n");
const text = readFileSync(file, "utf8");
const next = text.replace(/(<!-- diagram -->\n)[\s\S]*(<!-- end -->)/, `$1${diagram}\n$2`);
if (process.argv.includes("--check")) {
  if (next !== text) {
    process.stderr.write("docs/architecture.md: the diagram is not what the imports are. Run: node docs/diagram.mjs\n");
    process.exitCode = 1;
  }
} else writeFileSync(file, next);
