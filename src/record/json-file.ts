import { readFileSync } from "node:fs";
import type { z } from "zod";
import { Problem } from "../model/problem.js";
import { expectedWords } from "./plain-issue.js";

/**
 * A JSON file, validated.
 *
 * @param kind what the file is, for messages: "run", "baseline"; also the prefix of the codes
 * @throws {Problem} `<kind>.unreadable` where the system refuses, `<kind>.not-json` with line and column,
 *   `<kind>.invalid` with the path inside the document; each with path, found and expected
 */
export function readJsonFile<T>(path: string, schema: z.ZodType<T>, kind: string, hint: string): T {
  return checkJson(readJson(path, kind, hint), path, schema, kind, hint);
}

/** The document in a file, not validated yet. @throws {Problem} `<kind>.unreadable`, `<kind>.not-json` */
export function readJson(path: string, kind: string, hint: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    throw new Problem(`${kind}.unreadable`, `The ${kind} file ${path} cannot be read.`, {
      at: path,
      found,
      hint,
      cause,
    });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    const [place, found] = syntaxPlace(text);
    throw new Problem(`${kind}.not-json`, `The ${kind} file ${path} is not JSON.`, {
      at: `${path}${place}`,
      found,
      expected: "a JSON document",
      hint,
      cause,
    });
  }
}

/** A document that was read from a file, validated. @throws {Problem} `<kind>.invalid` */
export function checkJson<T>(value: unknown, path: string, schema: z.ZodType<T>, kind: string, hint: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const inside = issue.path.map(String).join(".");
  throw new Problem(`${kind}.invalid`, `The ${kind} file ${path} does not have the form that it should have.`, {
    at: inside === "" ? path : `${path}: ${inside}`,
    found: shorten(valueAt(value, issue.path)),
    expected: expectedWords(issue),
    hint,
  });
}

function syntaxPlace(text: string): [place: string, found: string] {
  const offset = syntaxOffset(text);
  const before = text.slice(0, offset).split("\n");
  const found = offset >= text.length ? "the end of the file" : JSON.stringify(text.slice(offset, offset + 30));
  return [`:${before.length}:${before.at(-1)!.length + 1}`, found];
}

/**
 * Where JSON.parse gave up. V8 does not say so in every message, but the shortest beginning of the text that fails for
 * another reason than its end has the culprit as its last character.
 */
function syntaxOffset(text: string): number {
  let good = 0;
  let bad = text.length + 1;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (canGoOn(text.slice(0, middle))) good = middle;
    else bad = middle;
  }
  return good;
}

function canGoOn(beginning: string): boolean {
  try {
    JSON.parse(beginning);
    return true;
  } catch (error) {
    const message = String(error);
    const position = /position (\d+)/.exec(message)?.[1];
    return position === undefined ? /end of JSON/.test(message) : Number(position) >= beginning.length;
  }
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let here = value;
  for (const key of path) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, key)) return undefined;
    here = (here as Record<PropertyKey, unknown>)[key];
  }
  return here;
}

/** Messages show what was found, not a page of it. */
function shorten(value: unknown): unknown {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : value;
}
