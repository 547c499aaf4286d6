import { Problem } from "../model/problem.js";

const family = "loadline.baseline/";
const newest = 2;

type Document = Record<string, unknown>;

/** Each turns a file of its version into one of the next. */
const steps: Readonly<Record<number, (document: Document) => Document>> = {
  // Version 2 says of each run who accepted it and when, because a rolling baseline grows over many nights.
  1: (document) => ({
    ...document,
    runs: Array.isArray(document.runs)
      ? document.runs.map((run: unknown) =>
          isDocument(run) ? { ...run, acceptedAt: document.acceptedAt, acceptedBy: document.acceptedBy } : run,
        )
      : document.runs,
  }),
};

/**
 * A baseline file's document in the newest version, with the version in which it was written where that is older.
 *
 * What is no baseline of any version is returned as it is, for validation to refuse.
 *
 * @throws {Problem} `baseline.newer` for a version that this program does not know: guessing would lose what it holds
 */
export function migrateBaseline(document: unknown, path: string): { document: unknown; from?: string } {
  const version = versionOf(document);
  if (version === undefined) return { document };
  if (version > newest) {
    throw new Problem("baseline.newer", "The baseline was written by a newer version of Loadline.", {
      at: `${path}: schema`,
      found: `${family}${version}`,
      expected: `${family}${newest} or older`,
      hint: "Update Loadline here, or restore the file from git in its older form.",
    });
  }
  let current = document as Document;
  for (let at = version; at < newest; at += 1) {
    const step = steps[at];
    if (step === undefined) return { document };
    current = { ...step(current), schema: `${family}${at + 1}` };
  }
  return version === newest ? { document } : { document: current, from: `${family}${version}` };
}

function versionOf(document: unknown): number | undefined {
  if (!isDocument(document) || typeof document.schema !== "string") return undefined;
  const digits = new RegExp(`^${family}(\\d{1,6})$`).exec(document.schema)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function isDocument(value: unknown): value is Document {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
