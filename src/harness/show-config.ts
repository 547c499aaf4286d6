import { resolve } from "node:path";
import type { Origin, Plan } from "../model/options.js";
import { redactValue } from "../model/redact.js";
import { bundleScript } from "../script/bundle.js";
import { networkDefaults } from "../script/network-options.js";
import { EngineClient } from "./engine-client.js";
import type { RunObserver, RunRequest } from "./run-request.js";

/** An option in force, "scenarios.checkout.rate", and the layer that set it. */
export interface ShownOption {
  readonly name: string;
  readonly value: unknown;
  readonly origin: Origin;
}

/**
 * The options that a run would have. The script's init code runs; nothing is driven and nothing is written.
 *
 * @throws {Problem} what a run would end with before its first iteration
 */
export async function showConfig(
  request: RunRequest,
  observer: Pick<RunObserver, "log">,
): Promise<{ readonly options: readonly ShownOption[]; readonly warnings: readonly string[] }> {
  const script = await bundleScript(resolve(request.script));
  const warnings = [...script.warnings];
  const engine = new EngineClient(
    {
      script,
      env: { ...request.shellEnv, ...request.env },
      layers: request.layers,
      warmUpMs: request.warmUpMs,
      secretSources: request.secretSources ?? [],
    },
    {
      window: () => {},
      samples: () => {},
      log: ({ level, text, ofConsole }) => observer.log(level, text, ofConsole),
      warning: (_code, text) => warnings.push(text),
      preparing: () => {},
      phase: () => {},
    },
  );
  try {
    const { plan } = await engine.plan;
    return { options: shownOptions(plan), warnings: [...warnings, ...plan.warnings] };
  } finally {
    await engine.close();
  }
}

/** Every option with its origin, by name. */
export function shownOptions({ options, origins = {} }: Plan): ShownOption[] {
  const raw = redactValue(options.raw) as Readonly<Record<string, unknown>>;
  const unset = Object.entries(networkDefaults).filter(([name]) => !Object.hasOwn(raw, name));
  return [
    ...unset.map(([name, value]) => ({ name, value, origin: "default" as const })),
    ...Object.entries(origins).map(([name, origin]) => ({ name, value: valueAt(raw, name), origin })),
  ].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Names of scenarios hold no dots. */
function valueAt(raw: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((inner, key) => (inner as Readonly<Record<string, unknown>>)[key], raw);
}
