import * as z from "zod";
import type { ChecklistResult, SignOffBlock } from "../model/checklist.js";

/** What the predicate means: docs/signoff.schema.json. */
export const predicateType = "urn:loadline:signoff:1";

const digest = z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/) });

const subsystem = { kind: z.enum(["probe", "source", "scenario"]), name: z.string() };

export const statementSchema = z.object({
  _type: z.literal("https://in-toto.io/Statement/v1"),
  subject: z.array(z.object({ name: z.string(), digest })).min(1),
  predicateType: z.literal(predicateType),
  predicate: z.object({
    signOff: z.object({
      service: z.string(),
      version: z.string(),
      deployed: z.string().optional(),
      by: z.string(),
      role: z.string().optional(),
      approvedAt: z.iso.datetime(),
      notes: z.string().optional(),
    }),
    checklist: z.object({ title: z.string(), path: z.string() }),
    run: z.object({ id: z.string(), scenario: z.string() }),
    baseline: z.string().nullable(),
    counts: z.record(z.string(), z.number().int()),
    /** Absent in statements of versions that did not look. */
    subsystems: z
      .object({
        heard: z.array(z.object(subsystem)),
        silent: z.array(z.object({ ...subsystem, reason: z.string() })),
      })
      .optional(),
    items: z.array(z.object({ id: z.string(), text: z.string(), state: z.string(), reason: z.string() })),
    /** The ledger as it was: its last line's number and hash; 0 and zeros where it was empty. */
    ledger: z.object({ path: z.string(), seq: z.number().int().min(0), hash: z.string() }),
    /** With what the statement is signed beside it. */
    signature: z.enum(["none", "ssh"]),
    loadline: z.string(),
  }),
});
/** An in-toto Statement v1 whose predicate is a sign-off. */
export type Statement = z.infer<typeof statementSchema>;

export interface StatementInput {
  /** Paths relative to the statement, with what they hold. */
  readonly subjects: readonly { readonly name: string; readonly sha256: string }[];
  readonly block: SignOffBlock;
  readonly result: ChecklistResult;
  readonly baseline: string | null;
  readonly ledger: Statement["predicate"]["ledger"];
  readonly signature: "none" | "ssh";
  readonly loadline: string;
}

/** The statement's bytes: what is hashed into the ledger and signed. */
export function makeStatement(input: StatementInput): string {
  const { result, block } = input;
  const statement: Statement = {
    _type: "https://in-toto.io/Statement/v1",
    subject: input.subjects.map(({ name, sha256 }) => ({ name, digest: { sha256 } })),
    predicateType,
    predicate: {
      signOff: { ...block },
      checklist: { title: result.title, path: result.checklist.path },
      // A sign-off without a run is refused before this.
      run: { id: result.run!.id, scenario: result.run!.scenario },
      baseline: input.baseline,
      counts: { ...result.counts },
      subsystems: { heard: [...result.subsystems.heard], silent: [...result.subsystems.silent] },
      items: result.items.map(({ id, text, state, reason }) => ({ id, text, state, reason })),
      ledger: input.ledger,
      signature: input.signature,
      loadline: input.loadline,
    },
  };
  return `${JSON.stringify(statement, undefined, 2)}\n`;
}
