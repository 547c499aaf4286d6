import { readFile, stat } from "node:fs/promises";
import { basename, dirname, extname, isAbsolute, join, relative, resolve } from "node:path";
import type { BuildResult, Message } from "esbuild";
import { exitCodes, Problem } from "../model/problem.js";
import type { Script } from "../model/script.js";
import { build } from "./esbuild.js";
import { importMeta } from "./import-meta.js";
import { cachedModules, isBuiltIn, remoteImports, sha256 } from "./remote.js";
import { suspendModule } from "./suspend.js";

/** Reads the script file itself, whose absence deserves a better message than a bundler's. */
async function readScript(path: string): Promise<Uint8Array> {
  try {
    if ((await stat(path)).isDirectory()) {
      throw new Problem("script.is-directory", "This is a directory, not a script", {
        at: path,
        hint: "Name the script file inside it.",
      });
    }
    const bytes = await readFile(path);
    if (bytes.toString("utf8").trim() === "") {
      throw new Problem("script.empty", "The script is empty", {
        at: path,
        hint: "A script exports a default function: export default function () { … }",
      });
    }
    return bytes;
  } catch (error) {
    if (error instanceof Problem) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR") {
      throw new Problem("script.not-found", "There is no such script", {
        at: path,
        hint: "Check the path; it is relative to the current folder.",
      });
    }
    throw new Problem("script.unreadable", `The script cannot be read: ${(error as Error).message}`, {
      at: path,
      cause: error,
    });
  }
}

/** The line of a message with a caret under its column. */
function excerpt(location: NonNullable<Message["location"]>): string {
  const column = Buffer.from(location.lineText).subarray(0, location.column).toString().length;
  const indent = location.lineText.slice(0, column).replace(/[^\t]/g, " ");
  return `\n  ${location.lineText}\n  ${indent}^`;
}

function toProblem(message: Message, folder: string): Problem {
  const { location, text } = message;
  const column = location === null ? 0 : Buffer.from(location.lineText).subarray(0, location.column).toString().length;
  const at = location === null ? folder : `${location.file}:${location.line}:${column + 1}`;
  const shown = location === null ? "" : excerpt(location);
  if (message.detail instanceof Problem) {
    const { code, message: said, found, expected, hint, exitCode } = message.detail;
    return new Problem(code, `${said}${shown}`, {
      at,
      found,
      exitCode,
      ...(expected === undefined ? {} : { expected }),
      ...(hint === undefined ? {} : { hint }),
    });
  }
  const missing = /^Could not resolve "(.*)"/.exec(text)?.[1];
  if (missing !== undefined) {
    const local = missing.startsWith(".") || isAbsolute(missing);
    return new Problem("script.import-not-found", `Cannot find the import "${missing}"${shown}`, {
      at,
      found: missing,
      hint: local
        ? "Check the path; it is relative to the importing file and needs its extension."
        : `Install it beside the script (npm install ${missing}), or import a local file as "./${missing}".`,
      exitCode: exitCodes.scriptException,
    });
  }
  return new Problem("script.syntax", `${text}${shown}`, { at, exitCode: exitCodes.scriptException });
}

/**
 * Bundles a k6 script with its local imports and compiles its blocking calls.
 *
 * @param path of a TypeScript or JavaScript file, relative to the current folder
 * @throws {Problem} `script.*`: not found, empty, a syntax error with its line, an import that cannot be resolved,
 *   a request where JavaScript cannot wait
 */
export async function bundleScript(path: string): Promise<Script> {
  const absolute = resolve(path);
  const folder = dirname(absolute);
  const bytes = await readScript(absolute);
  let result: BuildResult<{ write: false; metafile: true }>;
  try {
    result = await build({
      entryPoints: [absolute],
      absWorkingDir: folder,
      outfile: join(folder, "__loadline__.js"),
      bundle: true,
      write: false,
      metafile: true,
      sourcemap: "external",
      format: "esm",
      platform: "neutral",
      mainFields: ["module", "main"],
      conditions: ["import", "module"],
      target: "es2023",
      supported: { "top-level-await": true },
      charset: "utf8",
      legalComments: "none",
      logLevel: "silent",
      plugins: [remoteImports(cachedModules(folder)), importMeta],
    });
  } catch (error) {
    const first = (error as { errors?: Message[] }).errors?.[0];
    throw first === undefined ? error : toProblem(first, folder);
  }
  const [map, code] = ["map", "js"].map((end) => result.outputFiles.find((f) => f.path.endsWith(`.${end}`))!.text);
  const suspended = suspendModule(code!, map!);
  const inputs = Object.entries(result.metafile.inputs);
  const entry = relative(folder, absolute);
  const locals = [entry, ...inputs.map(([file]) => file).filter((file) => file !== entry)].filter(
    (f) => !f.startsWith("<") && !f.startsWith("(") && !f.startsWith("remote:") && !isBuiltIn(resolve(folder, f)),
  );
  const files = await Promise.all(
    locals.map(async (file) => ({
      path: file,
      sha256: sha256(file === entry ? bytes : await readFile(resolve(folder, file))),
    })),
  );
  const modules = inputs.flatMap(([, input]) => input.imports.filter((i) => i.external).map((i) => i.path));
  const warnings = result.warnings
    .filter((w) => w.id !== "direct-eval")
    .map((w) => `${w.location ? `${w.location.file}:${w.location.line}: ` : ""}${w.text}`);
  return {
    path: absolute,
    name: basename(absolute, extname(absolute)),
    sha256: sha256(bytes),
    files,
    modules: [...new Set(modules)].sort(),
    code: suspended.code,
    sourceMap: suspended.sourceMap,
    warnings: [...warnings, ...suspended.warnings],
  };
}
