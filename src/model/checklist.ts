/** What a run, a probe or a person says about an item. */
export const itemStates = [
  "pass",
  "fail",
  "not-run",
  "stale",
  "waived",
  "attested",
  "not-applicable",
  "claim",
  "unbound",
  "refused",
] as const;

/**
 * Where an item stands.
 *
 * `claim` is a box ticked by hand, `unbound` an open one that nothing proves, `refused` one whose binding cannot be
 * read or promises less than its text.
 */
export type ItemState = (typeof itemStates)[number];

export const comparators = ["<", "<=", ">", ">="] as const;
export type Comparator = (typeof comparators)[number];

/** What every piece of a binding that rests on a run may ask of it. */
interface RunClause {
  /** The piece as the author wrote it. */
  readonly source: string;
  /** The run must have lasted this long, milliseconds. */
  readonly overMs?: number;
  /** The run must have been planned at this many arrivals a second. */
  readonly atRate?: number;
}

export interface ThresholdClause extends RunClause {
  readonly kind: "threshold";
  /** A metric, or `metric{tag:value}`. */
  readonly metric: string;
  /** `p(95)<100` */
  readonly expression: string;
}

export interface LoadClause extends RunClause {
  readonly kind: "load";
}

export interface ThroughputClause extends RunClause {
  readonly kind: "throughput";
  /** A counter: `iterations` unless named. */
  readonly metric: string;
  readonly operator: Comparator;
  readonly perSecond: number;
}

export interface ConcurrencyClause extends RunClause {
  readonly kind: "concurrency";
  readonly operator: Comparator;
  readonly count: number;
}

export const resourceNames = ["memory", "pss", "heap", "cpu", "fds", "threads"] as const;
export type ResourceName = (typeof resourceNames)[number];

export const resourceStatistics = ["min", "p(50)", "p(95)", "max", "last"] as const;
export type ResourceStatistic = (typeof resourceStatistics)[number];

export interface ResourceClause extends RunClause {
  readonly kind: "resource";
  readonly figure: ResourceName;
  /** Of the watched process; every one but the harness where absent. */
  readonly of?: string;
  readonly statistic: ResourceStatistic;
  readonly operator: Comparator;
  /** Bytes, cores or a count. */
  readonly limit: number;
}

export interface LeakClause extends RunClause {
  readonly kind: "leak";
  readonly figure: Exclude<ResourceName, "cpu">;
  readonly of?: string;
}

export interface VerdictClause extends RunClause {
  readonly kind: "verdict";
  /** One row, such as `http_req_response_time p(95)`, or all rows of a series; the whole comparison where absent. */
  readonly row?: string;
}

export interface CheckClause extends RunClause {
  readonly kind: "check";
  readonly name: string;
}

export interface ProbeClause {
  readonly kind: "probe";
  readonly source: string;
  readonly name: string;
}

export interface CapacityClause {
  readonly kind: "capacity";
  readonly source: string;
  readonly operator: Comparator;
  readonly perSecond: number;
}

export interface HeadroomClause {
  readonly kind: "headroom";
  readonly source: string;
  readonly operator: Comparator;
  /** 0.2 is a fifth over the scenario's own rate. */
  readonly ratio: number;
}

export interface AbClause {
  readonly kind: "ab";
  readonly source: string;
  /** `p(95)` */
  readonly statistic: string;
  /** b / a at most. */
  readonly maxRatio: number;
  /** A wider bound that ends by itself. */
  readonly temporary?: { readonly maxRatio: number; readonly until: string };
}

export interface AttestClause {
  readonly kind: "attest";
  readonly source: string;
  readonly role?: string;
  /** How long such a word holds, milliseconds. */
  readonly expiresMs?: number;
}

export interface NotApplicableClause {
  readonly kind: "not-applicable";
  readonly source: string;
  readonly reason: string;
}

/** One piece of a binding; an item passes when all of its pieces do. */
export type Clause =
  | ThresholdClause
  | LoadClause
  | ThroughputClause
  | ConcurrencyClause
  | ResourceClause
  | LeakClause
  | VerdictClause
  | CheckClause
  | ProbeClause
  | CapacityClause
  | HeadroomClause
  | AbClause
  | AttestClause
  | NotApplicableClause;

/** One item as read. Offsets count UTF-16 units of the text that was read. */
export interface ChecklistItem {
  /** Stable while the sentence and its headings stay the same, or given with `id=`. */
  readonly id: string;
  readonly headings: readonly string[];
  /** The sentence, without markup, box and comment. */
  readonly text: string;
  /** The same without what stands in code, where numbers are no promises. */
  readonly promise: string;
  /** From 1. */
  readonly line: number;
  /** Of nested items: 0 at the outside. */
  readonly depth: number;
  /** Ticked, open, or an item without a box. */
  readonly box: "ticked" | "open" | "none";
  /** Of the sign between the brackets; absent where the item has no box that can be ticked. */
  readonly boxAt?: number;
  /** Where the sentence ends: a note of the evidence goes there. */
  readonly endsAt: number;
  /** The comments' contents, as written. */
  readonly bindings: readonly string[];
  /** The item that this one is a part of. */
  readonly parent?: string;
  /** A sentence that only introduces the items below it. */
  readonly isGroup: boolean;
}

/** A Markdown document as a list of items. */
export interface Checklist {
  readonly title: string;
  readonly items: readonly ChecklistItem[];
  /** List entries that are no items, because the document marks its items with boxes. */
  readonly notes: readonly ChecklistItem[];
  /** Broken bytes and the like, in words. */
  readonly warnings: readonly string[];
}

/** What one piece of a binding came to. */
export interface ClauseResult {
  readonly clause: string;
  readonly state: ItemState;
  /** What was wanted and what was found, in one sentence. */
  readonly reason: string;
  /** Where it can be read: a part of the report, a file of the run folder. */
  readonly evidence?: string;
}

/** An item with where it stands and why. */
export interface JudgedItem {
  readonly id: string;
  readonly headings: readonly string[];
  readonly text: string;
  readonly line: number;
  readonly depth: number;
  readonly box: ChecklistItem["box"];
  readonly state: ItemState;
  /** Whether a sign-off may go past it. */
  readonly settled: boolean;
  readonly reason: string;
  readonly clauses: readonly ClauseResult[];
}

/** What people say at the sign-off. */
export interface SignOffBlock {
  readonly service: string;
  readonly version: string;
  /** Of the deployment; free text, since some give a window. */
  readonly deployed?: string;
  readonly by: string;
  readonly role?: string;
  readonly approvedAt: string;
  readonly notes?: string;
}

/** Something that was declared to give evidence. */
export interface Subsystem {
  readonly kind: "probe" | "source" | "scenario";
  readonly name: string;
}

/** One that gave none, or stopped giving it. */
export interface SilentSubsystem extends Subsystem {
  /** A sentence with its name. */
  readonly reason: string;
}

/** Who was to give evidence and who did: what is missing is not seen by looking at what is there. */
export interface Subsystems {
  readonly heard: readonly Subsystem[];
  readonly silent: readonly SilentSubsystem[];
}

/** What `loadline checklist --json` prints, and the single source of every rendering. */
export interface ChecklistResult {
  readonly schema: "loadline.checklist/1";
  readonly title: string;
  readonly checklist: { readonly path: string; readonly sha256: string };
  readonly run: { readonly id: string; readonly scenario: string; readonly validity: string } | null;
  /** The version that the evidence must be of. */
  readonly version?: string;
  readonly judgedAt: string;
  readonly complete: boolean;
  /** One sentence that a release manager understands. */
  readonly sentence: string;
  readonly counts: Readonly<Record<ItemState, number>>;
  readonly items: readonly JudgedItem[];
  readonly subsystems: Subsystems;
  readonly warnings: readonly string[];
}
