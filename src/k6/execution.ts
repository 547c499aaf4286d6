import { type InstanceState, Interruption, type ScenarioState, type Vu } from "../model/vu.js";
import { asModule } from "./as-module.js";
import { misuse } from "./script-fail.js";

/**
 * The module `k6/execution`: where in the run a VU is, and the ways to end the run.
 *
 * `test.abort()` unwinds by throwing an {@link Interruption}, after which the engine discards the iteration. Unlike in
 * k6, `finally` blocks on the way run, and a `catch` on the way can hold the unwinding up, but not the end of the run.
 */
export function executionModule(vu: Vu): object {
  const scenario = (): ScenarioState => vu.scenario ?? unavailable(vu, "exec.scenario");
  const instance = (): InstanceState => vu.instance ?? unavailable(vu, "exec.instance");
  const tags = textProxy(vu.tags, "tag", () => {
    vu.tagsVersion += 1;
  });
  const metadata = textProxy(vu.metadata, "metadata value", () => {});

  return asModule({
    scenario: live({
      name: () => scenario().name,
      executor: () => scenario().executor,
      startTime: () => Math.floor(scenario().startTimeMs),
      progress: () => scenario().progress(),
      iterationInInstance: () => scenario().iterationInInstance,
      iterationInTest: () => scenario().iterationInTest,
    }),
    instance: live({
      iterationsInterrupted: () => instance().iterationsInterrupted,
      iterationsCompleted: () => instance().iterationsCompleted,
      vusActive: () => instance().vusActive,
      vusInitialized: () => instance().vusInitialized,
      currentTestRunDuration: () => instance().currentTestRunDuration,
    }),
    test: {
      get options() {
        return { ...unset, ...vu.options.raw };
      },
      abort(reason?: unknown): never {
        const text = reason === undefined ? "The script ended the run." : String(reason);
        vu.abortTest(text);
        throw new Interruption(text);
      },
      fail(reason?: unknown): void {
        vu.failTest(reason === undefined ? "no reason given" : String(reason));
      },
    },
    vu: Object.assign(
      live({
        idInInstance: () => vu.idInInstance,
        idInTest: () => vu.idInTest,
        iterationInInstance: () => vu.iterationInInstance,
        iterationInScenario: () => vu.iterationInScenario,
      }),
      { tags, metrics: { tags, metadata } },
    ),
  });
}

/** Options of k6 without a default here: a script finds null where nobody set them. */
const unset = Object.fromEntries(
  [
    "paused",
    "executionSegment",
    "executionSegmentSequence",
    "rps",
    "dns",
    "httpDebug",
    "tlsCipherSuites",
    "tlsVersion",
    "tlsAuth",
    "blacklistIPs",
    "blockHostnames",
    "ext",
    "metricSamplesBufferSize",
    "consoleOutput",
    "localIPs",
  ].map((name) => [name, null]),
);

/** An object whose properties are read anew each time. */
function live(getters: Readonly<Record<string, () => unknown>>): object {
  const object = {};
  for (const [name, get] of Object.entries(getters)) Object.defineProperty(object, name, { get, enumerable: true });
  return object;
}

/** What scripts may assign text, numbers and booleans to; everything is kept as text. */
function textProxy(target: Record<string, string>, what: string, changed: () => void): Record<string, string> {
  return new Proxy(target, {
    set(values, name, value: unknown) {
      if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") {
        throw misuse("k6.tag-value", `A ${what} must be text, a number or a boolean.`, {
          at: String(name),
          found: value === null ? "null" : typeof value,
          hint: "Turn it into text first.",
        });
      }
      values[String(name)] = String(value);
      changed();
      return true;
    },
    deleteProperty(values, name) {
      delete values[String(name)];
      changed();
      return true;
    },
  });
}

function unavailable(vu: Vu, what: string): never {
  throw misuse("k6.execution-unavailable", `${what} does not exist here.`, {
    found: `read during ${vu.phase}`,
    expected: "an iteration of a scenario",
    hint: "Read it in the default function, or in the function that exec names.",
  });
}
