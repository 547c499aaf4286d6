import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import * as z from "zod";
import { Problem } from "../../src/model/problem.js";
import { readJsonFile } from "../../src/record/json-file.js";

const folder = mkdtempSync(join(tmpdir(), "loadline-json-"));
afterAll(() => rmSync(folder, { recursive: true }));
const schema = z.strictObject({
  name: z.string().optional(),
  state: z.enum(["valid", "invalid"]).optional(),
  runs: z.number().int().min(1).optional(),
  list: z.array(z.string()).optional(),
});

test.each([
  [{ name: 7 }, "a text"],
  [{ state: "x" }, '"valid" or "invalid"'],
  [{ runs: "3" }, "a number"],
  [{ runs: 1.5 }, "a whole number"],
  [{ runs: 0 }, "at least 1"],
  [{ list: {} }, "a list"],
  [{ other: 1 }, 'no field "other"'],
  [[], "an object"],
])("of %j it says in plain words that %s was expected", (document, expected) => {
  const file = join(folder, "x.json");
  writeFileSync(file, JSON.stringify(document));
  try {
    readJsonFile(file, schema, "run", "");
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(Problem);
    expect((error as Problem).expected).toBe(expected);
  }
});
