import { posix } from "node:path";
import type { Method, ReflectionObject, Root } from "protobufjs";
import { didYouMean } from "../../model/nearest.js";
import { Problem } from "../../model/problem.js";
import type { Vu } from "../../model/vu.js";
import { misuse } from "../script-fail.js";
import { libraries, rootOf } from "./libraries.js";

/** A method of a service, with the names that samples are tagged by. */
export interface GrpcMethod {
  /** `/package.Service/Method` */
  readonly path: string;
  readonly service: string;
  readonly name: string;
  readonly definition: Method;
}

/**
 * Reads .proto files with what they import.
 *
 * Parsed once for all VUs: the definitions of a large API take megabytes.
 *
 * @throws {Problem} `grpc.load-outside-init`, `grpc.proto-missing`, `grpc.proto-invalid`
 */
export function loadProtos(vu: Vu, importPaths: readonly string[], files: readonly string[]): Root {
  refuseLate(vu, "load");
  return shared(vu, `k6/net/grpc:${JSON.stringify([importPaths, files])}`, () => {
    const { protobuf } = libraries();
    const root = new protobuf.Root();
    const seen = new Set<string>();
    const read = (file: string): void => {
      if (seen.has(file)) return;
      seen.add(file);
      const known = protobuf.common.get(file);
      if (known !== null) {
        root.addJSON((known as { nested: never }).nested);
        return;
      }
      const text = readImport(vu, importPaths, file);
      let parsed: ReturnType<typeof protobuf.parse>;
      try {
        // Names stay as they are written: JSON names are derived from them in one place.
        parsed = protobuf.parse(text, root, { keepCase: true });
      } catch (cause) {
        throw new Problem("grpc.proto-invalid", "A .proto file cannot be read.", {
          at: file,
          found: (cause as Error).message,
          cause,
        });
      }
      for (const each of [...(parsed.imports ?? []), ...(parsed.weakImports ?? [])]) read(each);
    };
    for (const file of files) read(file);
    try {
      root.resolveAll();
    } catch (cause) {
      throw new Problem("grpc.proto-invalid", "The .proto files name a type that none of them defines.", {
        at: files.join(", "),
        found: (cause as Error).message,
        hint: "Add the folder of the missing file to the import paths.",
        cause,
      });
    }
    return root;
  });
}

/** Reads a compiled set of descriptors (`protoc --descriptor_set_out --include_imports`). */
export function loadProtoset(vu: Vu, path: string): Root {
  refuseLate(vu, "loadProtoset");
  return shared(vu, `k6/net/grpc:set:${path}`, () => {
    const bytes = vu.readFile(path);
    try {
      return rootOf(libraries().descriptors.FileDescriptorSet.decode(bytes));
    } catch (cause) {
      throw new Problem("grpc.protoset-invalid", "The file is no set of descriptors.", {
        at: path,
        found: (cause as Error).message,
        hint: "Make it with protoc --include_imports --descriptor_set_out=FILE.",
        cause,
      });
    }
  });
}

/**
 * The method that a script names as `package.Service/Method`.
 *
 * @throws {Problem} `grpc.method-unknown`
 */
export function findMethod(roots: readonly Root[], url: unknown): GrpcMethod {
  const text = String(url).replace(/^\//, "");
  const slash = text.lastIndexOf("/");
  const service = text.slice(0, Math.max(0, slash));
  const name = text.slice(slash + 1);
  for (const root of roots) {
    const found = service === "" ? null : lookUp(root, service);
    const definition = found === null ? undefined : (found as { methods?: Record<string, Method> }).methods?.[name];
    if (definition !== undefined) return { path: `/${service}/${name}`, service, name, definition };
  }
  const known = roots.flatMap((root) => methodsUnder(root));
  throw misuse("grpc.method-unknown", "There is no such gRPC method.", {
    found: text,
    expected: known.length === 0 ? "a method of a loaded .proto file" : known.slice(0, 20).join(", "),
    hint: `Load its definition with client.load(), or connect with reflect: true.${didYouMean(text, known)}`,
  });
}

function lookUp(root: Root, name: string): ReflectionObject | null {
  try {
    return root.lookupService(name);
  } catch {
    return null;
  }
}

function methodsUnder(object: ReflectionObject): string[] {
  const { methods, nestedArray = [] } = object as {
    methods?: Record<string, unknown>;
    nestedArray?: ReflectionObject[];
  };
  const own = Object.keys(methods ?? {}).map((name) => `${object.fullName.slice(1)}/${name}`);
  return [...own, ...nestedArray.flatMap(methodsUnder)];
}

function readImport(vu: Vu, importPaths: readonly string[], file: string): string {
  const tried = (importPaths.length === 0 ? ["."] : importPaths).map((folder) => posix.join(folder, file));
  for (const path of tried) {
    try {
      return Buffer.from(vu.readFile(path)).toString("utf8");
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
    }
  }
  throw new Problem("grpc.proto-missing", "A .proto file cannot be found.", {
    at: file,
    found: `not at ${tried.join(", ")}`,
    hint: "Paths are relative to the script's folder; give the import paths as the first argument of load().",
  });
}

function shared(vu: Vu, key: string, make: () => Root): Root {
  const known = vu.shared.get(key) as Root | undefined;
  if (known !== undefined) return known;
  const root = make();
  vu.shared.set(key, root);
  return root;
}

function refuseLate(vu: Vu, what: string): void {
  if (vu.phase === "init") return;
  throw misuse("grpc.load-outside-init", `client.${what}() can be called only while the script is being loaded.`, {
    found: `called during ${vu.phase}`,
    hint: "Call it at the top of the script, outside its functions.",
  });
}
