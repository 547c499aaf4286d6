import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { didYouMean } from "../model/nearest.js";
import { type ProbeMoment, type ProbeResult, probeResultsSchema } from "../model/probe.js";
import { exitCodes, Problem } from "../model/problem.js";
import { accompaniesLoad, askProbe, type ProbeDeclaration } from "../probe/kinds.js";
import { type ProbeSurroundings, runProbe } from "../probe/run-probe.js";
import { Secrets } from "../probe/secrets.js";
import { writeFileAtomic } from "../record/atomic.js";
import { readJsonFile } from "../record/json-file.js";
import type { LoadedConfig } from "./config.js";

/** Evidence of probes, in a run folder. */
export const probesFile = "probes.json";

/** Which probes to run, and what to tell of them. */
export interface ProbePlan {
  readonly config: LoadedConfig;
  /** All unless given. */
  readonly names?: readonly string[] | undefined;
  readonly onResult: (result: ProbeResult) => void;
}

/** Where probes find what they ask. */
export interface ProbePlace {
  /** Of the target. */
  readonly baseUrl: string | undefined;
  /** For commands. */
  readonly env: Readonly<Record<string, string>>;
  /** Log files of watched commands, by name. */
  readonly outputs: ReadonlyMap<string, string>;
}

/**
 * The probes that a plan means, in the config's order.
 *
 * @throws {Problem} `probe.unknown`, `probe.none`
 */
export function chosenProbes({ config, names }: Omit<ProbePlan, "onResult">): [string, ProbeDeclaration][] {
  const declared = config.config.probes;
  const known = Object.keys(declared);
  if (known.length === 0) {
    throw new Problem("probe.none", "The config declares no probes.", {
      at: config.path,
      hint: 'Declare some: probes: { "health": { kind: "http", url: "/health" } }',
    });
  }
  for (const name of names ?? []) {
    if (Object.hasOwn(declared, name)) continue;
    throw new Problem("probe.unknown", `There is no probe "${name}".`, {
      at: config.path,
      found: name,
      expected: known.join(", "),
      hint: `Name one that the config declares.${didYouMean(name, known)}`,
      exitCode: exitCodes.usage,
    });
  }
  return Object.entries(declared).filter(([name]) => names === undefined || names.includes(name));
}

/** The probes of one run: before its load, during it and after it. */
export class RunProbes {
  readonly results: ProbeResult[] = [];
  private readonly chosen: readonly [string, ProbeDeclaration][];
  private readonly secrets: Secrets;
  private readonly over = new AbortController();
  private readonly waiting = new AbortController();
  private running: Promise<void>[] | undefined;
  private endLoad: () => void = () => {};

  /** @throws {Problem} `probe.unknown`, `probe.none` */
  constructor(
    private readonly plan: ProbePlan,
    private readonly place: ProbePlace,
  ) {
    this.chosen = chosenProbes(plan);
    this.secrets = new Secrets({ ...process.env, ...place.env });
  }

  /** Whether every probe that was asked has passed. */
  get passed(): boolean {
    return this.results.every((result) => result.state === "pass");
  }

  /** One after the other: a probe that breaks something must not disturb its neighbour. */
  async before(): Promise<void> {
    await this.inOrder("before");
  }

  /**
   * The load begins. What accompanies it starts now, what asks once does so in its middle.
   *
   * @param plannedMs length of the load
   */
  begin(plannedMs: number): void {
    const ended = new Promise<void>((done) => {
      this.endLoad = done;
    });
    this.running = this.at("during").map(async ([name, declared]) => {
      if (!accompaniesLoad(declared)) {
        // A load that ends early is no reason to leave the question out.
        await wait(plannedMs / 2, undefined, { signal: this.waiting.signal }).catch(() => {});
      }
      await this.one(name, declared, { ended });
    });
  }

  /** The load is over: what accompanied it reads its last figures, then the probes after it ask. */
  async end(): Promise<void> {
    this.endLoad();
    this.waiting.abort();
    // A run whose setup failed has no load, and nothing to ask beside it.
    if (this.running === undefined) this.over.abort();
    await Promise.all(this.running ?? this.at("during").map(([name, declared]) => this.one(name, declared, undefined)));
    await this.inOrder("after");
  }

  /** Ends what goes on, and leaves out what has not begun; each says so in its result. */
  giveUp(): void {
    this.over.abort();
    this.waiting.abort();
    this.endLoad();
  }

  /** Puts the results into a run folder; those of earlier probes of other names stay. */
  async write(folder: string): Promise<void> {
    await storeProbes(folder, this.results);
  }

  /** Every chosen probe now, with no load. */
  async all(): Promise<void> {
    for (const [name, declared] of this.chosen) await this.one(name, declared, undefined);
  }

  private at(moment: ProbeMoment): [string, ProbeDeclaration][] {
    return this.chosen.filter(([, declared]) => declared.when === moment);
  }

  private async inOrder(moment: ProbeMoment): Promise<void> {
    for (const [name, declared] of this.at(moment)) await this.one(name, declared, undefined);
  }

  private async one(name: string, declared: ProbeDeclaration, load: ProbeSurroundings["load"]): Promise<void> {
    const { config, onResult } = this.plan;
    const result: ProbeResult = this.over.signal.aborted
      ? { ...notAsked, name, kind: declared.kind, at: new Date().toISOString() }
      : await runProbe(name, declared, askProbe, {
          baseUrl: this.place.baseUrl ?? config.config.baseUrl,
          folder: config.folder,
          load,
          outputs: this.place.outputs,
          env: { ...config.config.env, ...this.place.env },
          secrets: this.secrets,
          signal: this.over.signal,
        });
    this.results.push(result);
    onResult(result);
  }
}

const notAsked = {
  state: "error",
  asked: "",
  answered: "",
  reason: "not asked: the run ended before",
  durationMs: 0,
} as const;

/**
 * The evidence of probes in a run folder; none where it has no probes.json.
 *
 * @throws {Problem} `probes.not-json`, `probes.invalid`
 */
export function readProbes(folder: string): ProbeResult[] {
  const path = join(folder, probesFile);
  if (!existsSync(path)) return [];
  return readJsonFile(path, probeResultsSchema, "probes", "Run the probes again; they write the file anew.");
}

async function storeProbes(folder: string, results: readonly ProbeResult[]): Promise<void> {
  const names = new Set(results.map((result) => result.name));
  const others = readProbes(folder).filter((result) => !names.has(result.name));
  await writeFileAtomic(join(folder, probesFile), `${JSON.stringify([...others, ...results], undefined, 2)}\n`);
}
