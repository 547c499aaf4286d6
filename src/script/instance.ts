import { Script as VmScript } from "node:vm";
import type { Script } from "../model/script.js";
import { registerCheck, runtime } from "./runtime.js";

/** What an instance sees of its surroundings. */
export interface ScriptHost {
  /** A k6 module, made for the VU; an object with `__esModule`, `default` and the named exports. */
  requireModule(id: string): object;
  /** By name: open, console, __ENV, timers … `__VU` and `__ITER` are read anew at each use, so they may be getters. */
  readonly globals: Record<string, unknown>;
}

/** One VU's copy of the script's module: its own variables, its own exports. */
export interface ScriptInstance {
  readonly exports: Record<string, unknown>;
}

export interface LoadedScript {
  /**
   * Runs the script's top level (the init phase) for one VU.
   *
   * @throws whatever the top level throws; `scriptStack` shows where
   */
  newInstance(host: ScriptHost): ScriptInstance;
}

type Factory = (require: (id: string) => object, exports: object, runtime: object, globals: object) => void;

/** Compiles a script once for all the VUs of a thread; the machine code is shared, the module state is not. */
export function loadScript(script: Script): LoadedScript {
  const compiled = new Map<string, (globals: Record<string, unknown>) => Factory>();

  function factoryFor(globals: Record<string, unknown>): Factory {
    const names = Object.keys(globals).filter((name) => name !== "__VU" && name !== "__ITER");
    const key = names.join();
    let outer = compiled.get(key);
    if (outer === undefined) {
      // One line before the code, which `columnOffset` takes back from the positions in stacks.
      const head = `(function ({ ${names.join(", ")} }) { return `;
      const vmScript = new VmScript(`${head}${script.code}\n})`, { filename: script.path, columnOffset: -head.length });
      outer = vmScript.runInThisContext() as (globals: Record<string, unknown>) => Factory;
      compiled.set(key, outer);
    }
    return outer(globals);
  }

  return {
    newInstance(host) {
      const exports: Record<string, unknown> = {};
      const modules = new Map<string, object>();
      const require = (id: string): object => {
        let module = modules.get(id);
        if (module === undefined) {
          module = host.requireModule(id);
          modules.set(id, module);
          if (id === "k6") {
            const k6 = module as { check?: unknown; default?: { check?: unknown } };
            registerCheck(k6.check);
            registerCheck(k6.default?.check);
          }
        }
        return module;
      };
      factoryFor(host.globals)(require, exports, runtime, host.globals);
      return { exports };
    },
  };
}
