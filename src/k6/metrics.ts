import type { Metric, MetricType } from "../model/metric.js";
import type { Vu } from "../model/vu.js";
import { asModule } from "./as-module.js";
import { misuse } from "./script-fail.js";
import { TagSets } from "./tag-sets.js";

/** The module `k6/metrics`: the script's own counters, gauges, rates and trends. */
export function metricsModule(vu: Vu): object {
  const tagSets = new TagSets(vu);

  class CustomMetric {
    readonly name: string;
    readonly #metric: Metric;

    constructor(type: MetricType, name: unknown, isTime: unknown) {
      if (vu.phase !== "init") {
        throw misuse("k6.metric-outside-init", `The metric ${String(name)} is made too late.`, {
          found: `created during ${vu.phase}`,
          hint: "Create metrics at the top of the script, outside its functions.",
        });
      }
      if (typeof name !== "string" || !/^[a-zA-Z_][a-zA-Z0-9_]{1,128}$/.test(name)) {
        throw misuse("k6.metric-name", "This is no name for a metric.", {
          found: name,
          expected: "a letter or underscore, then 1 to 128 letters, digits and underscores",
          hint: 'Write it like new Trend("login_time", true).',
        });
      }
      this.name = name;
      this.#metric = vu.sink.define(name, type, isTime === true ? "time" : "default");
    }

    /** @returns false for a value that is no number, which is left out with a warning, or throws with `throw: true` */
    add(value: unknown, tags?: Readonly<Record<string, unknown>> | null): boolean {
      if (vu.phase === "init") {
        throw misuse("k6.metric-in-init", `${this.name} cannot be added to while the script is being loaded.`, {
          hint: "Move the call into the default function, setup or teardown.",
        });
      }
      const number = value === null ? Number.NaN : Number(value);
      if (Number.isNaN(number)) return this.#refuse(value);
      const set = tags === undefined || tags === null ? tagSets.current() : tagSets.withOwn(tags);
      vu.sink.add(this.#metric, number, set);
      return true;
    }

    #refuse(value: unknown): false {
      const message = `${this.name} was given ${String(value)}, which is no number; such values are left out.`;
      if (vu.options.throw) throw misuse("k6.metric-value", message, { found: value });
      vu.sink.warn(`metric.not-a-number.${this.name}`, message);
      return false;
    }
  }

  const kind = (type: MetricType) =>
    class extends CustomMetric {
      constructor(name: unknown, isTime?: unknown) {
        super(type, name, isTime);
      }
    };
  return asModule({ Counter: kind("counter"), Gauge: kind("gauge"), Rate: kind("rate"), Trend: kind("trend") });
}
