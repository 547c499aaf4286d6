import { randomUUID } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Message, Plugin } from "esbuild";
import type { z } from "zod";
import { didYouMean } from "../model/nearest.js";
import { Problem } from "../model/problem.js";
import { build } from "../script/esbuild.js";
import type { Config } from "./config-schema.js";

const fileNames = ["loadline.config.ts", "loadline.config.mts", "loadline.config.js", "loadline.config.mjs"];

/** A config and where it was found; relative paths in it start from `folder`. */
export interface LoadedConfig {
  readonly path: string;
  readonly folder: string;
  readonly config: Config;
}

/**
 * Reads `loadline.config.ts` (or .mts, .js, .mjs), or a k6 config: options as JSON.
 *
 * @param path of the file; without it, the one in `folder` is taken where there is one
 * @returns undefined where no path was given and the folder has no config
 * @throws {Problem} `config.not-found`, `config.syntax`, `config.failed` (it threw), `config.no-default`,
 *   `config.invalid` with the place inside it
 */
export async function loadConfig(path?: string, folder = process.cwd()): Promise<LoadedConfig | undefined> {
  const found = path ?? fileNames.map((name) => join(folder, name)).find((file) => existsSync(file));
  if (found === undefined) return undefined;
  const absolute = resolve(found);
  if (!existsSync(absolute)) {
    throw new Problem("config.not-found", "There is no such config file.", {
      at: found,
      hint: "Check the path; it is relative to the current folder.",
    });
  }
  const value = absolute.endsWith(".json") ? k6Config(absolute) : await evaluate(absolute);
  return { path: absolute, folder: dirname(absolute), config: await validated(value, absolute) };
}

/** What k6 takes as `--config`: its options as JSON. */
function k6Config(path: string): unknown {
  const text = readFileSync(path, "utf8");
  try {
    return { options: JSON.parse(text) };
  } catch (error) {
    throw new Problem("config.syntax", (error as Error).message, {
      at: path,
      expected: 'k6\'s options as JSON, such as {"vus": 10, "duration": "30s"}',
      cause: error,
    });
  }
}

/** Configs import their types and `defineConfig` from the package, wherever that is installed. */
const ownPackage: Plugin = {
  name: "own-package",
  setup(builder) {
    builder.onResolve({ filter: /^loadline$/ }, () => ({ path: "loadline", namespace: "own-package" }));
    builder.onLoad({ filter: /.*/, namespace: "own-package" }, () => ({
      contents: "export const defineConfig = (config) => config;",
    }));
  },
};

async function evaluate(path: string): Promise<unknown> {
  let code: string;
  try {
    const result = await build({
      entryPoints: [path],
      absWorkingDir: dirname(path),
      bundle: true,
      write: false,
      format: "esm",
      platform: "node",
      target: "node20",
      logLevel: "silent",
      plugins: [ownPackage],
      // It is evaluated from memory, so that no file is left beside it; what it asks of its place stays true.
      define: {
        "import.meta.url": JSON.stringify(pathToFileURL(path).href),
        "import.meta.dirname": JSON.stringify(dirname(path)),
        "import.meta.filename": JSON.stringify(path),
      },
      banner: {
        js: `import { createRequire as __createRequire } from "node:module"; const require = __createRequire(${JSON.stringify(pathToFileURL(path).href)});`,
      },
    });
    code = result.outputFiles[0]!.text;
  } catch (error) {
    const first = (error as { errors?: Message[] }).errors?.[0];
    if (first === undefined) throw error;
    const { location } = first;
    throw new Problem("config.syntax", first.text, {
      at: location === null ? path : `${path}:${location.line}:${location.column + 1}`,
      cause: error,
    });
  }
  let module: { readonly default?: unknown };
  try {
    // Node keeps every module by its text; the same config may mean something else under another environment.
    const unique = `${code}\n//${randomUUID()}`;
    module = await import(`data:text/javascript;base64,${Buffer.from(unique).toString("base64")}`);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Problem("config.failed", `The config threw: ${message}`, { at: path, cause: error });
  }
  if (module.default === undefined) {
    throw new Problem("config.no-default", "The config has no default export.", {
      at: path,
      expected: "export default defineConfig({ … })",
      hint: 'Write: import { defineConfig } from "loadline"; export default defineConfig({ … });',
    });
  }
  return module.default;
}

async function validated(value: unknown, path: string): Promise<Config> {
  // Loaded when there is a config: the schemas of all probes are a tenth of a second that most commands do not need.
  const { configSchema } = await import("./config-schema.js");
  const parsed = configSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = deepest(parsed.error.issues[0]!);
  const place = issue.path.map(String).join(".");
  const unknown = issue.code === "unrecognized_keys" ? issue.keys[0] : undefined;
  const known = unknown === undefined || place !== "" ? [] : Object.keys(configSchema.shape);
  throw new Problem("config.invalid", `The config has a mistake${place === "" ? "" : ` at ${place}`}.`, {
    at: place === "" ? path : `${path}: ${place}`,
    found: unknown ?? shortened(valueAt(value, issue.path)),
    expected: issue.message,
    ...(unknown === undefined ? {} : { hint: `Remove it, or correct its name.${didYouMean(unknown, known)}` }),
  });
}

/** Inside a choice of forms, the complaint of the form that got farthest is the one that helps. */
function deepest(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== "invalid_union") return issue;
  const inner = issue.errors.flat().sort((a, b) => b.path.length - a.path.length)[0];
  if (inner === undefined || inner.path.length === 0) return issue;
  return deepest({ ...inner, path: [...issue.path, ...inner.path] });
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let here = value;
  for (const key of path) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, key)) return undefined;
    here = (here as Record<PropertyKey, unknown>)[key];
  }
  return here;
}

function shortened(value: unknown): string {
  const text = value === undefined ? "nothing" : (JSON.stringify(value) ?? String(value));
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
