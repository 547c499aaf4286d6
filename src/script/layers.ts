import type { Origin } from "../model/options.js";
import { Problem } from "../model/problem.js";
import { isSet, record } from "./fields.js";
import { optionNames } from "./options.js";
import type { RawOptions } from "./raw-options.js";
import { respelled } from "./spelling.js";

export interface LayerInput {
  readonly config: RawOptions;
  /** The script's `options` export, whatever it is. */
  readonly exported: unknown;
  readonly env: RawOptions;
  readonly flags: RawOptions;
}

/** The options of all layers laid over one another. */
export interface LaidOver {
  readonly values: RawOptions;
  /** By option: the highest layer that set it. */
  readonly origins: ReadonlyMap<string, Exclude<Origin, "default">>;
  readonly warnings: readonly string[];
}

const shortcuts = ["vus", "duration", "iterations", "stages"];
/** Each of these says by itself what is to be driven, so a higher layer's replaces all of a lower one's. */
const drivers = ["duration", "iterations", "stages"];

/**
 * Lays the layers over one another: config < script < environment < flags.
 *
 * @throws {Problem} `options.not-an-object`, or `options.shortcut-with-scenarios` for both in one layer
 */
export function layOver(input: LayerInput): LaidOver {
  const exported = isSet(input.exported)
    ? record(input.exported, "options", 'Write it like: export const options = { vus: 10, duration: "30s" };')
    : {};
  const values: Record<string, unknown> = {};
  const origins = new Map<string, Exclude<Origin, "default">>();
  const warnings: string[] = [];
  const layers = [
    ["config", input.config],
    ["script", exported],
    ["env", input.env],
    ["flag", input.flags],
  ] as const;
  for (const [origin, written] of layers) {
    const { values: layer, warnings: odd } = respelled(written, optionNames, "options");
    warnings.push(...odd);
    const given = Object.entries(layer).filter(([, value]) => isSet(value));
    const names = given.map(([name]) => name);
    const replaced = replacedBy(names, values);
    if (names.includes("scenarios")) refuseBoth(names);
    if (replaced.includes("scenarios")) {
      const what = names.filter((name) => shortcuts.includes(name)).join(", ");
      warnings.push(
        `${what} (${layerName[origin]}) replaces the scenarios (${layerName[origins.get("scenarios")!]}): none of them runs.`,
      );
    }
    for (const name of replaced) {
      delete values[name];
      origins.delete(name);
    }
    for (const [name, value] of given) {
      values[name] = name === "ext" ? mergedExt(values.ext, value) : value;
      origins.set(name, origin);
    }
  }
  return { values, origins, warnings };
}

const layerName: Readonly<Record<Exclude<Origin, "default">, string>> = {
  config: "config file",
  script: "script",
  env: "environment",
  flag: "command line",
};

/** Which values of lower layers a layer that sets these options makes void. */
function replacedBy(names: readonly string[], lower: RawOptions): readonly string[] {
  const void_ = names.includes("scenarios")
    ? shortcuts
    : names.some((name) => drivers.includes(name))
      ? [...drivers, "scenarios"]
      : names.includes("vus")
        ? ["scenarios"]
        : [];
  return void_.filter((name) => Object.hasOwn(lower, name));
}

function refuseBoth(names: readonly string[]): void {
  const shortcut = names.find((name) => shortcuts.includes(name));
  if (shortcut === undefined) return;
  throw new Problem("options.shortcut-with-scenarios", `${shortcut} and scenarios cannot be set together.`, {
    at: `options.${shortcut}`,
    found: names.filter((name) => name === "scenarios" || shortcuts.includes(name)).join(", "),
    expected: "scenarios alone, or shortcuts alone",
    hint: `Move ${shortcut} into a scenario, or remove scenarios.`,
  });
}

/** Extensions keep their settings apart, so only ours are merged: a config file may set what a script leaves open. */
function mergedExt(lower: unknown, higher: unknown): unknown {
  if (typeof lower !== "object" || lower === null || typeof higher !== "object" || higher === null) return higher;
  const below = lower as RawOptions;
  const above = higher as RawOptions;
  const ours = { ...(below.loadline as object | undefined), ...(above.loadline as object | undefined) };
  return { ...below, ...above, ...(Object.keys(ours).length > 0 ? { loadline: ours } : {}) };
}
