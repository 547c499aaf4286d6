import { settledValue } from "../k6/settled.js";
import { exitCodes, Problem } from "../model/problem.js";
import { isSuspending, suspending } from "../model/vu.js";
import { nativeLoops, nativeSynchronous } from "./loops.js";

type Fn = (this: unknown, ...args: unknown[]) => unknown;

/** The promise of a suspending function, apart from the promises that the script made itself. */
class Wait {
  constructor(readonly promise: unknown) {}
}

function invoke(fn: unknown, self: unknown, args: unknown[], text: string): unknown {
  if (typeof fn !== "function") throw new TypeError(`${text} is not a function`);
  if (isSuspending(fn)) return new Wait(Reflect.apply(fn, self, args));
  const loop = nativeLoops.get(fn);
  if (loop !== undefined && isSuspending(args[loop.callback])) return new Wait(loop.run(self, args));
  if (fn === Function.prototype.call) return invoke(self, args[0], args.slice(1), text);
  if (fn === Function.prototype.apply)
    return invoke(self, args[0], Array.from((args[1] ?? []) as ArrayLike<unknown>), text);
  if (fn === Reflect.apply) return invoke(args[0], args[1], Array.from(args[2] as ArrayLike<unknown>), text);
  const atOnce = nativeSynchronous.get(fn);
  if (atOnce !== undefined && atOnce in args) args[atOnce] = twinOf(args[atOnce]);
  const result: unknown = checks.has(fn) ? check(fn as Fn, args) : Reflect.apply(fn, self, args);
  if (fn === Function.prototype.bind && isSuspending(self)) return suspending(result as Fn);
  if (atOnce !== undefined && isSuspending(args[atOnce])) {
    throw new Problem(
      "script.cannot-suspend",
      `${text}() needs the answer of its callback at once, and the callback suspends`,
      {
        hint: "Make the requests before in a loop, and let the callback use their responses.",
      },
    );
  }
  return result;
}

/** By marked function: the same function compiled as it stands, for callers that cannot wait. */
const twins = new WeakMap<object, Fn>();
const twinOf = (fn: unknown): unknown => (typeof fn === "function" ? (twins.get(fn) ?? fn) : fn);

/** A call in code that cannot wait: goes to the twin of a marked function, and waits only if that does not help. */
function invokeNow(fn: unknown, self: unknown, args: unknown[], text: string): unknown {
  if (fn === Function.prototype.call) return invokeNow(self, args[0], args.slice(1), text);
  if (fn === Function.prototype.apply) {
    return invokeNow(self, args[0], Array.from((args[1] ?? []) as ArrayLike<unknown>), text);
  }
  const callback = nativeLoops.get(fn)?.callback;
  if (callback !== undefined && callback in args) args[callback] = twinOf(args[callback]);
  return invoke(twinOf(fn), self, args, text);
}

const checks = new WeakSet<object>();

/** `check` tests values at once; so conditions are answered one by one, in order, those that make requests awaited. */
function check(fn: Fn, [value, sets, tags]: unknown[]): unknown {
  const conditions = Object.entries((sets ?? {}) as Record<string, unknown>);
  if (!conditions.some(([, condition]) => isSuspending(condition))) return fn(value, sets, tags);
  return new Wait(answerEach(fn, value, conditions, tags));
}

async function answerEach(fn: Fn, value: unknown, conditions: [string, unknown][], tags: unknown): Promise<boolean> {
  let all = true;
  for (const [name, condition] of conditions) {
    let answer = condition;
    if (isSuspending(condition)) {
      try {
        answer = await (condition as Fn)(value);
      } catch (error) {
        // `check` itself decides what a condition that throws counts as.
        answer = () => {
          throw error;
        };
      }
    }
    if (!fn(value, { [name]: answer }, tags)) all = false;
  }
  return all;
}

/** Lets {@link runtime} know the `check` of a module instance. */
export function registerCheck(fn: unknown): void {
  if (typeof fn === "function") checks.add(fn);
}

type Owner = Record<PropertyKey, unknown>;

/** Ways to name a callee; each looks it up at once and is called later with the arguments, as JavaScript orders it. */
function callers(run: typeof invoke) {
  return {
    /** `object.key(…)` */
    m(object: Owner, key: PropertyKey, text: string): Fn {
      const fn = object[key];
      return (...args) => run(fn, object, args, text);
    },

    /** `object.key?.(…)`: nullish where there is nothing to call. */
    om(object: Owner, key: PropertyKey, text: string): unknown {
      const fn = object[key];
      return fn === undefined || fn === null ? fn : (...args: unknown[]) => run(fn, object, args, text);
    },

    /** `(object?.key)(…)` */
    c(object: Owner | null | undefined, key: PropertyKey, text: string): Fn {
      const fn = object?.[key];
      return (...args) => run(fn, object, args, text);
    },

    /** `object.#key(…)` */
    p(object: unknown, get: (object: unknown) => unknown, text: string): Fn {
      const fn = get(object);
      return (...args) => run(fn, object, args, text);
    },

    /** `fn(…)` */
    f(fn: unknown, self: unknown, text: string): Fn {
      return (...args) => run(fn, self, args, text);
    },
  };
}

/** What compiled scripts call where the compiler could not decide; one for all instances. */
export const runtime = {
  Wait,

  /** Marks a function that the transform made async; `name` is the one JavaScript would have inferred. */
  mark(fn: Fn, name?: string, twin?: Fn): Fn {
    if (twin !== undefined) twins.set(fn, twin);
    if (name !== undefined && fn.name === "") Object.defineProperty(fn, "name", { value: name, configurable: true });
    return isSuspending(fn) ? fn : suspending(fn);
  },

  methods(object: Record<string, Fn>, names: readonly string[]): object {
    for (const name of names) if (typeof object[name] === "function") runtime.mark(object[name]);
    return object;
  },

  ...callers(invoke),
  /** The same for code that cannot wait. */
  now: callers(invokeNow),

  /** The result of a call in code that cannot wait. */
  sync(result: unknown, where: string, at: string, text: string): unknown {
    if (!(result instanceof Wait)) return result;
    // The refusal below is what the script gets to see; the abandoned call must not count as unhandled.
    Promise.resolve(result.promise).catch(() => {});
    throw new Problem("script.cannot-suspend", `${text}() makes requests or sleeps, and ${where} cannot wait for it`, {
      at,
      hint: where.startsWith("the top level")
        ? "The init phase has no requests: move the call into setup() or the default function."
        : "Move the call into a function or method that the script calls itself.",
      exitCode: exitCodes.scriptException,
    });
  },

  /** `await` outside of functions: the value of what has one already. */
  top(awaited: unknown, at: string): unknown {
    const known = settledValue(awaited);
    if (known !== undefined) return known.value;
    if (typeof (awaited as { then?: unknown } | null | undefined)?.then !== "function") return awaited;
    // The refusal below is what the script gets to see; the abandoned promise must not count as unhandled.
    Promise.resolve(awaited).catch(() => {});
    throw new Problem("script.cannot-suspend", "The top level of the script cannot wait for this", {
      at,
      expected: "fs.open(), csv.parse() or secrets.get(), whose answers are there at once",
      hint: "Move it into setup() or the default function.",
      exitCode: exitCodes.scriptException,
    });
  },

  import(module: Record<string, unknown>, name: string, id: string): unknown {
    if (name in module) return module[name];
    if (name === "default") return module;
    throw new Problem("script.no-such-export", `${id} has no export named ${name}`, {
      found: name,
      expected: Object.keys(module).join(", "),
      exitCode: exitCodes.scriptException,
    });
  },

  async load(load: () => unknown): Promise<unknown> {
    return load();
  },

  exportStar(exports: Record<string, unknown>, module: Record<string, unknown>): void {
    for (const key of Object.keys(module)) if (key !== "default" && !(key in exports)) exports[key] = module[key];
  },

  exportCommonJs(exports: Record<string, unknown>, module: unknown): void {
    if (typeof module === "function") exports.default = module;
    if (module !== null && (typeof module === "object" || typeof module === "function")) Object.assign(exports, module);
  },
};
