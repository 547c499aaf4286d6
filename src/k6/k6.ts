import { builtInMetrics } from "../model/metric.js";
import { isSuspending, suspending, type Vu } from "../model/vu.js";
import { asModule } from "./as-module.js";
import { seedRandom } from "./random.js";
import { misuse, ScriptFail } from "./script-fail.js";
import { TagSets } from "./tag-sets.js";

type Callback = (...args: unknown[]) => unknown;
type OwnTags = Readonly<Record<string, unknown>> | null | undefined;

/** The module `k6`: check, fail, group, randomSeed and sleep of one VU. */
export function k6Module(vu: Vu): object {
  const tagSets = new TagSets(vu);

  function record(name: string, ok: boolean, own: OwnTags): void {
    const set = own === undefined || own === null ? tagSets.ofCheck(name) : tagSets.withOwn(own, name);
    vu.sink.addCheck(name, vu.groupPath, ok, set);
  }

  /** A condition that is no function counts by its truth; one that throws has failed, and throws on. */
  function outcome(name: string, condition: unknown, value: unknown, own: OwnTags): boolean {
    let ok = false;
    try {
      const result = typeof condition === "function" ? (condition as Callback)(value) : condition;
      refusePromise(result);
      ok = Boolean(result);
    } finally {
      record(name, ok, own);
    }
    return ok;
  }

  /**
   * Records each named condition; true when all hold.
   *
   * Answers at once: where a condition makes requests, the compiled script answers it before and passes the answer.
   */
  function check(value: unknown, conditions: unknown, own?: OwnTags): boolean {
    refuseInInit(vu, "check");
    refusePromise(value);
    if (typeof conditions !== "object" || conditions === null) {
      throw misuse("k6.check-conditions", "check() needs an object of named conditions.", {
        found: typeof conditions,
        hint: 'Write it like check(res, { "status is 200": (r) => r.status === 200 }).',
      });
    }
    let all = true;
    const named = conditions as Readonly<Record<string, unknown>>;
    for (const name of Object.keys(named)) {
      refuseSeparator("check", name);
      refuseAsync("check", named[name]);
      if (!outcome(name, named[name], value, own)) all = false;
    }
    return all;
  }

  const group = suspending(async (name: unknown, callback: unknown): Promise<unknown> => {
    refuseInInit(vu, "group");
    const text = String(name);
    refuseSeparator("group", text);
    if (typeof callback !== "function") {
      throw misuse("k6.group-callback", "group() needs a function.", {
        found: typeof callback,
        hint: 'Write it like group("checkout", () => { … }).',
      });
    }
    refuseAsync("group", callback);
    const outer = vu.groupPath;
    enter(vu, `${outer}::${text}`);
    vu.sink.enterGroup(vu.groupPath);
    const start = vu.now();
    try {
      const result = (callback as Callback)();
      return isSuspending(callback) ? await result : result;
    } finally {
      vu.sink.add(builtInMetrics.group_duration, vu.now() - start, tagSets.current());
      enter(vu, outer);
    }
  });

  const sleep = suspending((seconds: unknown): Promise<void> => {
    refuseInInit(vu, "sleep");
    const ms = Number(seconds) * 1000;
    return ms > 0 ? vu.sleep(ms) : Promise.resolve();
  });

  return asModule({
    check,
    group,
    sleep,
    fail(message?: unknown): never {
      throw new ScriptFail(message === undefined ? "fail() was called without a message." : String(message));
    },
    randomSeed: (seed: unknown): void => seedRandom(vu, Number(seed)),
  });
}

function enter(vu: Vu, groupPath: string): void {
  vu.groupPath = groupPath;
  vu.tagsVersion += 1;
}

function refuseInInit(vu: Vu, name: string): void {
  if (vu.phase !== "init") return;
  throw misuse(`k6.${name}-in-init`, `${name}() cannot be called while the script is being loaded.`, {
    hint: "Move the call into the default function, setup or teardown.",
  });
}

function refuseSeparator(what: string, name: string): void {
  if (!name.includes("::")) return;
  throw misuse(`k6.${what}-name`, `The name of a ${what} may not contain "::".`, {
    found: name,
    hint: "The two colons separate groups from one another; use another sign.",
  });
}

/** A function that the script's author made async; what the compiler made so is marked. */
function refuseAsync(what: string, callback: unknown): void {
  if (typeof callback !== "function") return;
  // Nearly all are plain functions, and that is told most cheaply.
  if (Object.getPrototypeOf(callback) === Function.prototype || isSuspending(callback)) return;
  if (Object.prototype.toString.call(callback) !== "[object AsyncFunction]") return;
  throw misuse(`k6.${what}-async`, `${what}() takes no async function.`, {
    found: callback.name || "async function",
    hint: `Await before the ${what}() and use the result in it.`,
  });
}

/** A promise is always truthy, so a check on it would always pass. */
function refusePromise(value: unknown): void {
  if (!(value instanceof Promise)) return;
  throw misuse("k6.check-async", "check() was given a promise.", { hint: "Await it first." });
}
