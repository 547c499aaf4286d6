import type { K6Options, Origin, Plan, ScenarioPlan } from "../model/options.js";
import { Problem } from "../model/problem.js";
import { formatDuration } from "../model/units.js";
import { isSet, record, shown, wholeNumber } from "./fields.js";
import { type LayerInput, layOver } from "./layers.js";
import { optionWarnings, readOptions, settingDefaults } from "./options.js";
import type { RawOptions } from "./raw-options.js";
import { allScenarioKeys, planScenario, scenarioEnd } from "./scenario.js";
import { segmentOf } from "./segment-options.js";
import { respelled } from "./spelling.js";

export interface PlanInput extends LayerInput {
  /** Functions that the script exports, "default" included. */
  readonly exportNames: readonly string[];
}

/**
 * Consolidates the options of all layers into what the engine is to do.
 *
 * Defaults < config < the script's `options` < environment < flags, all in k6's raw shape.
 *
 * @throws {Problem} `options.…` with the path of the value at fault, what was found and the remedy
 */
export function makePlan(input: PlanInput): Plan {
  const { values, origins, warnings } = layOver(input);
  const { scenarios: rawScenarios, derivedFrom, warnings: odd } = scenariosOf(values);
  const scenarios = Object.entries(rawScenarios).map(([name, raw]) => {
    try {
      return planScenario(name, raw, input.exportNames);
    } catch (error) {
      throw derivedFrom !== undefined && error instanceof Problem ? atShortcut(error) : error;
    }
  });
  const raw = JSON.parse(
    JSON.stringify({ ...settingDefaults, ...values, scenarios: scenarios.map(k6Scenario).reduce(merge, {}) }),
  ) as RawOptions;
  const options = readOptions(values, Object.fromEntries(scenarios.map((plan) => [plan.name, plan])), raw);
  const ends = scenarios.map(scenarioEnd);
  return {
    options,
    scenarios: options.loadline.arrivals === "poisson" ? scenarios.map((plan) => atRandom(plan, options)) : scenarios,
    segment: segmentOf(values),
    durationMs: Math.max(...ends.map((end) => end.durationMs)),
    maxDurationMs: Math.max(...ends.map((end) => end.maxDurationMs)),
    warnings: [...warnings, ...odd, ...optionWarnings(values), ...scenarios.flatMap(idleWarning)],
    origins: originsOf(raw, rawScenarios, derivedFrom, origins),
  };
}

/** Of random arrivals whose script and command line name none. */
const defaultSeed = 1;

/** The scenario with arrivals at random. */
function atRandom(plan: ScenarioPlan, { loadline }: K6Options): ScenarioPlan {
  const isOpen = plan.executor === "constant-arrival-rate" || plan.executor === "ramping-arrival-rate";
  return isOpen ? { ...plan, poissonSeed: loadline.seed ?? defaultSeed } : plan;
}

interface RawScenarios {
  readonly scenarios: RawOptions;
  /** For a scenario made of shortcuts: which shortcut each of its keys came from. */
  readonly derivedFrom: Readonly<Record<string, string>> | undefined;
  readonly warnings: readonly string[];
}

/** The scenarios as given, or the one that the shortcuts stand for. */
function scenariosOf(values: RawOptions): RawScenarios {
  if (isSet(values.scenarios)) {
    const scenarios = record(values.scenarios, "options.scenarios", "Write it like { checkout: { executor: … } }.");
    if (Object.keys(scenarios).length > 0) return { ...inOwnSpelling(scenarios), derivedFrom: undefined };
  }
  return fromShortcuts(values);
}

function fromShortcuts(values: RawOptions): RawScenarios {
  const { vus, duration, iterations, stages } = values;
  // Checked here, where the shortcut's own name is known: the path below scenarios.default would puzzle its author.
  const vusOf = (): number => (isSet(vus) ? wholeNumber(vus, "options.vus", 1, "Give vus as 1 or more.") : 1);
  const given = Object.keys({ duration, iterations, stages }).filter((name) => isSet(values[name]));
  if (isSet(stages) && given.length > 1) {
    const other = given.find((name) => name !== "stages")!;
    throw new Problem("options.conflicting-shortcuts", `stages and ${other} cannot be set together.`, {
      at: `options.${other}`,
      found: shown(values[other]),
      expected: `stages alone, or ${other} alone`,
      hint: `Remove ${other}: the stages say how long the run is.`,
    });
  }
  if (isSet(stages)) {
    const start = isSet(vus) ? { startVUs: wholeNumber(vus, "options.vus", 0, "Give vus as 0 or more.") } : {};
    return derived({ executor: "ramping-vus", ...start, stages }, { startVUs: "vus", stages: "stages" });
  }
  if (isSet(duration) && !isSet(iterations)) {
    return derived({ executor: "constant-vus", vus: vusOf(), duration }, { vus: "vus", duration: "duration" });
  }
  if (isSet(iterations)) {
    const count = wholeNumber(iterations, "options.iterations", 1, "Give iterations as 1 or more.");
    return derived(
      {
        executor: "shared-iterations",
        vus: vusOf(),
        iterations: count,
        ...(isSet(duration) ? { maxDuration: duration } : {}),
      },
      { vus: "vus", iterations: "iterations", maxDuration: "duration" },
    );
  }
  const once = derived({ executor: "per-vu-iterations", vus: 1, iterations: 1 }, {});
  if (vusOf() === 1) return once;
  const text = `vus is ${shown(vus)} and says nothing by itself: one iteration is made, as by k6. Give duration, iterations or stages, too.`;
  return { ...once, warnings: [text] };
}

function derived(scenario: RawOptions, from: Readonly<Record<string, string>>): RawScenarios {
  return { scenarios: { default: scenario }, derivedFrom: from, warnings: [] };
}

function inOwnSpelling(scenarios: RawOptions): Pick<RawScenarios, "scenarios" | "warnings"> {
  const warnings: string[] = [];
  const right = Object.entries(scenarios).map(([name, value]) => {
    // What is no object is refused where it is planned, with its place.
    if (typeof value !== "object" || value === null || Array.isArray(value)) return [name, value];
    const scenario = respelled(value as RawOptions, allScenarioKeys, `options.scenarios.${name}`);
    warnings.push(...scenario.warnings);
    return [name, scenario.values];
  });
  return { scenarios: Object.fromEntries(right), warnings };
}

/** A scenario made of shortcuts has no path of its own: the fault is where its author wrote the shortcut. */
function atShortcut(problem: Problem): Problem {
  const renamed = (text: string): string => text.replaceAll("options.scenarios.default", "options");
  const { code, at, found, expected, hint, exitCode } = problem;
  return new Problem(code, renamed(problem.message), {
    found,
    exitCode,
    ...(at === undefined ? {} : { at: renamed(at) }),
    ...(expected === undefined ? {} : { expected }),
    ...(hint === undefined ? {} : { hint: renamed(hint) }),
  });
}

/** A plan in k6's own keys and notation, for `exec.test.options` and the manifest. */
function k6Scenario(plan: ScenarioPlan): RawOptions {
  const { name, ...fields } = plan;
  const entries = Object.entries(fields).map(([key, value]): [string, unknown] => {
    if (key.endsWith("Ms")) return [key.slice(0, -2), durationText(value as number)];
    if (key !== "stages" || !("stages" in plan)) return [key, value];
    return [key, plan.stages.map(({ durationMs, target }) => ({ duration: durationText(durationMs), target }))];
  });
  return { [name]: Object.fromEntries(entries) };
}

/** Exact, unlike what people read: the text may be parsed again. */
function durationText(ms: number): string {
  return ms >= 1000 && ms % 100 === 0 ? formatDuration(ms) : `${ms}ms`;
}

function merge(all: RawOptions, one: RawOptions): RawOptions {
  return { ...all, ...one };
}

function idleWarning(plan: ScenarioPlan): string[] {
  const idle =
    plan.executor === "ramping-arrival-rate" &&
    plan.startRate === 0 &&
    plan.stages.every((stage) => stage.target === 0);
  return idle ? [`options.scenarios.${plan.name} starts nothing: its rate is 0 throughout.`] : [];
}

/** By path: the layer that set the value that is in force. */
function originsOf(
  raw: RawOptions,
  rawScenarios: RawOptions,
  derivedFrom: RawScenarios["derivedFrom"],
  layers: ReadonlyMap<string, Origin>,
): Record<string, Origin> {
  const origins: Record<string, Origin> = {};
  for (const name of Object.keys(raw)) if (name !== "scenarios") origins[name] = layers.get(name) ?? "default";
  for (const [name, scenario] of Object.entries(raw.scenarios as Record<string, RawOptions>)) {
    const given = rawScenarios[name] as RawOptions;
    for (const key of Object.keys(scenario)) {
      const source = derivedFrom === undefined ? "scenarios" : (derivedFrom[key] ?? "");
      const set = derivedFrom === undefined ? isSet(given[key]) : layers.has(source);
      origins[`scenarios.${name}.${key}`] = set ? (layers.get(source) ?? "default") : "default";
    }
  }
  return origins;
}
