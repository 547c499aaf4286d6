import { didYouMean } from "../model/nearest.js";
import type { ScenarioPlan, Stage } from "../model/options.js";
import { Problem } from "../model/problem.js";
import { duration, isSet, list, record, shown, text, textByName, wholeNumber } from "./fields.js";

const commonKeys = ["executor", "startTime", "gracefulStop", "exec", "env", "tags", "options"];
/** By executor: what it has beyond {@link commonKeys}. */
export const ownKeys: Readonly<Record<ScenarioPlan["executor"], readonly string[]>> = {
  "constant-arrival-rate": ["rate", "timeUnit", "duration", "preAllocatedVUs", "maxVUs"],
  "ramping-arrival-rate": ["startRate", "timeUnit", "stages", "preAllocatedVUs", "maxVUs"],
  "constant-vus": ["vus", "duration"],
  "ramping-vus": ["startVUs", "stages", "gracefulRampDown"],
  "per-vu-iterations": ["vus", "iterations", "maxDuration"],
  "shared-iterations": ["vus", "iterations", "maxDuration"],
};

/** Whatever a scenario may hold. */
export const allScenarioKeys: readonly string[] = [...new Set([...commonKeys, ...Object.values(ownKeys).flat()])];

/** k6's shortest run: a shorter one is nearly always a missing unit. */
const shortestMs = 1000;

/**
 * One scenario of `options.scenarios`, checked and with every default filled in.
 *
 * @param exportNames functions that the script exports, "default" included
 * @throws {Problem} `options.…` with the path of the value at fault
 */
export function planScenario(name: string, value: unknown, exportNames: readonly string[]): ScenarioPlan {
  const at = `options.scenarios.${name}`;
  if (!/^[0-9a-zA-Z_-]+$/.test(name)) {
    throw new Problem("options.scenario-name", `"${name}" is not a scenario name.`, {
      at,
      found: name,
      expected: "letters, digits, _ and -",
      hint: "Rename the scenario.",
    });
  }
  const raw = record(value, at, 'Write it like { executor: "constant-arrival-rate", rate: 50, … }.');
  const executor = executorOf(raw, at);
  refuseUnknownKeys(raw, executor, at);
  const common = {
    name,
    startTimeMs: optional(raw.startTime, (v) => duration(v, `${at}.startTime`), 0),
    gracefulStopMs: optional(raw.gracefulStop, (v) => duration(v, `${at}.gracefulStop`), 30_000),
    exec: execOf(raw, at, exportNames),
    env: optional(raw.env, (v) => textByName(v, `${at}.env`), {}),
    tags: optional(raw.tags, (v) => textByName(v, `${at}.tags`), {}),
  };
  const count = (key: string, fallback: number, min: number): number =>
    optional(raw[key], (v) => wholeNumber(v, `${at}.${key}`, min, `Give ${key} as ${min} or more.`), fallback);
  const maxDurationMs = (): number =>
    optional(raw.maxDuration, (v) => duration(v, `${at}.maxDuration`, shortestMs), 600_000);
  const timeUnitMs = (): number => optional(raw.timeUnit, (v) => positiveDuration(v, `${at}.timeUnit`), 1000);
  switch (executor) {
    case "constant-arrival-rate":
      return {
        ...common,
        executor,
        rate: rateOf(required(raw, "rate", at, "rate: 50"), `${at}.rate`),
        timeUnitMs: timeUnitMs(),
        durationMs: duration(required(raw, "duration", at, 'duration: "30s"'), `${at}.duration`, shortestMs),
        ...poolOf(raw, at),
      };
    case "ramping-arrival-rate":
      return {
        ...common,
        executor,
        startRate: count("startRate", 0, 0),
        timeUnitMs: timeUnitMs(),
        stages: planStages(required(raw, "stages", at, 'stages: [{ duration: "1m", target: 100 }]'), `${at}.stages`),
        ...poolOf(raw, at),
      };
    case "constant-vus":
      return {
        ...common,
        executor,
        vus: count("vus", 1, 1),
        durationMs: duration(required(raw, "duration", at, 'duration: "30s"'), `${at}.duration`, shortestMs),
      };
    case "ramping-vus": {
      const startVUs = count("startVUs", 1, 0);
      const stages = planStages(
        required(raw, "stages", at, 'stages: [{ duration: "1m", target: 10 }]'),
        `${at}.stages`,
      );
      if (startVUs === 0 && stages.every((stage) => stage.target === 0)) {
        throw new Problem("options.no-vus", `${at} never has a virtual user.`, {
          at: `${at}.stages`,
          found: shown(raw.stages),
          expected: "startVUs or a stage's target above 0",
          hint: "Give one stage a target above 0.",
        });
      }
      const gracefulRampDownMs = optional(raw.gracefulRampDown, (v) => duration(v, `${at}.gracefulRampDown`), 30_000);
      return { ...common, executor, startVUs, stages, gracefulRampDownMs };
    }
    case "per-vu-iterations":
      return {
        ...common,
        executor,
        vus: count("vus", 1, 1),
        iterations: count("iterations", 1, 1),
        maxDurationMs: maxDurationMs(),
      };
    case "shared-iterations": {
      const vus = count("vus", 1, 1);
      const iterations = count("iterations", 1, 1);
      if (iterations < vus) {
        throw new Problem("options.fewer-iterations-than-vus", `${at} has more virtual users than iterations.`, {
          at: `${at}.iterations`,
          found: iterations,
          expected: `at least ${vus}, the number of vus`,
          hint: `Raise iterations to ${vus}, or lower vus.`,
        });
      }
      return { ...common, executor, vus, iterations, maxDurationMs: maxDurationMs() };
    }
  }
}

/** When a scenario's last iteration may start, and when the last one is cut off; milliseconds from the run's start. */
export function scenarioEnd(plan: ScenarioPlan): { readonly durationMs: number; readonly maxDurationMs: number } {
  const lengthMs =
    "stages" in plan
      ? plan.stages.reduce((sum, stage) => sum + stage.durationMs, 0)
      : "durationMs" in plan
        ? plan.durationMs
        : plan.maxDurationMs;
  const durationMs = plan.startTimeMs + lengthMs;
  return { durationMs, maxDurationMs: durationMs + plan.gracefulStopMs };
}

/** The keys that a scenario with this executor may have. */
export function scenarioKeys(executor: ScenarioPlan["executor"]): readonly string[] {
  return [...commonKeys, ...ownKeys[executor]];
}

function executorOf(raw: Record<string, unknown>, at: string): ScenarioPlan["executor"] {
  const executor = raw.executor;
  if (typeof executor === "string" && Object.hasOwn(ownKeys, executor)) return executor as ScenarioPlan["executor"];
  const known = Object.keys(ownKeys);
  if (executor === "externally-controlled") {
    throw new Problem("options.executor-removed", "The externally-controlled executor does not exist any more.", {
      at: `${at}.executor`,
      found: executor,
      expected: known.join(", "),
      hint: 'Use "ramping-vus" to change the number of virtual users, or "ramping-arrival-rate" to change the rate.',
    });
  }
  const missing = !isSet(executor);
  throw new Problem(
    missing ? "options.executor-missing" : "options.executor-unknown",
    missing ? `${at} names no executor.` : `${at} names an executor that does not exist.`,
    {
      at: `${at}.executor`,
      found: shown(executor),
      expected: known.join(", "),
      hint: `Choose one of them.${typeof executor === "string" ? didYouMean(executor, known) : ""}`,
    },
  );
}

function refuseUnknownKeys(raw: Record<string, unknown>, executor: ScenarioPlan["executor"], at: string): void {
  const known = scenarioKeys(executor);
  for (const key of Object.keys(raw)) {
    if (known.includes(key)) continue;
    const others = Object.entries(ownKeys).filter(([, keys]) => keys.includes(key));
    const hint =
      others.length > 0
        ? `It belongs to ${others.map(([name]) => name).join(", ")}; ${executor} does without.`
        : `Remove it.${didYouMean(key, known)}`;
    throw new Problem("options.unknown-key", `${executor} has no "${key}".`, {
      at: `${at}.${key}`,
      found: key,
      expected: known.join(", "),
      hint,
    });
  }
}

function execOf(raw: Record<string, unknown>, at: string, exportNames: readonly string[]): string {
  const exec = optional(raw.exec, (v) => text(v, `${at}.exec`), "default");
  if (exportNames.includes(exec)) return exec;
  const named = isSet(raw.exec);
  const offer = exportNames.filter((name) => name !== "setup" && name !== "teardown" && name !== "handleSummary");
  throw new Problem("options.exec-missing", `The script exports no function "${exec}".`, {
    at: named ? `${at}.exec` : at,
    found: exec,
    expected: offer.length > 0 ? `one of ${offer.join(", ")}` : "an exported function",
    hint: named
      ? `Export it: export function ${exec}() { … }.${didYouMean(exec, offer)}`
      : 'Write "export default function () { … }", or name another function with exec.',
  });
}

function rateOf(value: unknown, at: string): number {
  const hint = 'Give a whole rate above 0, such as rate: 50. For less than one a second: rate: 1, timeUnit: "10s".';
  return wholeNumber(value, at, 1, hint);
}

function positiveDuration(value: unknown, at: string): number {
  const ms = duration(value, at);
  if (ms > 0) return ms;
  throw new Problem("options.too-short", `${at} is too short.`, {
    at,
    found: value,
    expected: "more than 0",
    hint: 'Write it like timeUnit: "1s".',
  });
}

function poolOf(raw: Record<string, unknown>, at: string): { preAllocatedVUs: number; maxVUs: number } {
  const preAllocatedVUs = wholeNumber(
    required(raw, "preAllocatedVUs", at, "preAllocatedVUs: 50"),
    `${at}.preAllocatedVUs`,
    0,
    "Give the number of virtual users to have ready, about rate × seconds an iteration takes.",
  );
  const hint = `Raise maxVUs to ${Math.max(preAllocatedVUs, 1)} or more.`;
  const maxVUs = isSet(raw.maxVUs)
    ? wholeNumber(raw.maxVUs, `${at}.maxVUs`, Math.max(preAllocatedVUs, 1), hint)
    : preAllocatedVUs;
  if (maxVUs < 1) {
    throw new Problem("options.no-vus", `${at} never has a virtual user.`, {
      at: `${at}.preAllocatedVUs`,
      found: raw.preAllocatedVUs,
      expected: "at least 1, or maxVUs above 0",
      hint: "Raise preAllocatedVUs.",
    });
  }
  return { preAllocatedVUs, maxVUs };
}

function planStages(value: unknown, at: string): readonly Stage[] {
  const example = 'Write it like [{ duration: "1m", target: 100 }].';
  const stages = list(value, at, example);
  if (stages.length === 0) {
    throw new Problem("options.no-stages", `${at} is empty.`, {
      at,
      found: shown(value),
      expected: "at least one stage",
      hint: example,
    });
  }
  return stages.map((entry, index) => {
    const place = `${at}[${index}]`;
    const stage = record(entry, place, example);
    for (const key of Object.keys(stage)) {
      if (key === "duration" || key === "target") continue;
      throw new Problem("options.unknown-key", `A stage has no "${key}".`, {
        at: `${place}.${key}`,
        found: key,
        expected: "duration, target",
        hint: `Remove it.${didYouMean(key, ["duration", "target"])}`,
      });
    }
    return {
      durationMs: duration(required(stage, "duration", place, 'duration: "1m"'), `${place}.duration`),
      target: wholeNumber(required(stage, "target", place, "target: 100"), `${place}.target`, 0, "Give 0 or more."),
    };
  });
}

function required(raw: Record<string, unknown>, key: string, at: string, example: string): unknown {
  if (isSet(raw[key])) return raw[key];
  throw new Problem("options.missing", `${at} needs ${key}.`, {
    at: `${at}.${key}`,
    found: raw[key],
    expected: `a value for ${key}`,
    hint: `Add it: ${example}.`,
  });
}

function optional<T>(value: unknown, read: (value: unknown) => T, fallback: T): T {
  return isSet(value) ? read(value) : fallback;
}
