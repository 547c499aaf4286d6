import type { ComparedRun } from "../model/comparison.js";
import type { Proportion } from "../stats/proportions.js";
import { type Distribution, distributionOf } from "./distribution.js";
import type { Question, WatchedFigure } from "./questions.js";

/** The answers of one side's runs to one question. */
export type Measured =
  | {
      readonly kind: "numbers";
      /** In the row's unit, one a run that has the series. */
      readonly values: readonly number[];
      /** Below this a value cannot be told from 0; in the row's unit. */
      readonly grain: number;
      /** Samples beyond the quantile in the run that has fewest; Infinity where that is no question. */
      readonly exceedances: number;
    }
  | {
      readonly kind: "proportions";
      /** Bad outcomes among trials, one a run. */
      readonly runs: readonly Proportion[];
    };

const grains: Readonly<Record<WatchedFigure, number>> = { cpuCores: 0.01, cpuSecondsPerThousand: 1, rssBytes: 4096 };

/** Asks the runs of one side. Runs without the series, or with a broken number, are left out. */
export function measure({ series, better, of }: Question, runs: readonly ComparedRun[]): Measured {
  switch (of.kind) {
    case "proportion":
      return {
        kind: "proportions",
        runs: runs.flatMap((run) => {
          const [passes, total] = run.rates[series] ?? [0, 0];
          if (!(total > 0 && passes >= 0 && passes <= total)) return [];
          return [{ hits: better === "lower" ? passes : total - passes, trials: total }];
        }),
      };
    case "quantile": {
      const found = runs.flatMap((run) => distributionOf(run, series) ?? []);
      const tail = Math.min(of.q, 1 - of.q);
      return numbers(
        found.flatMap((one) => one.quantile(of.q) ?? []),
        grainOf(found),
        Math.min(...found.map((one) => one.count * tail)),
      );
    }
    case "mean": {
      const found = runs.flatMap((run) => distributionOf(run, series) ?? []);
      return numbers(
        found.flatMap((one) => one.mean() ?? []),
        grainOf(found),
      );
    }
    case "spread": {
      const found = runs.flatMap((run) => distributionOf(run, series) ?? []);
      return numbers(
        found.flatMap((one) => {
          const [low, high] = [one.quantile(of.low), one.quantile(of.high)];
          return low !== undefined && high !== undefined && low > 0 ? [high / low] : [];
        }),
        1e-6,
        Math.min(...found.map((one) => one.count * Math.min(of.low, 1 - of.high))),
      );
    }
    case "throughput":
      return numbers(
        runs.flatMap((run) => run.load?.achievedRate ?? run.throughput ?? []),
        1e-6,
      );
    case "resource":
      return numbers(
        runs.flatMap((run) => {
          const figures = run.resources?.find((one) => one.source === of.source);
          switch (of.figure) {
            case "cpuCores":
              return figures?.cpuCores?.p50 ?? [];
            case "cpuSecondsPerThousand":
              return figures?.cpuSecondsPerThousand === undefined ? [] : figures.cpuSecondsPerThousand * 1000;
            case "rssBytes":
              return figures?.rssBytes?.max ?? [];
            default:
              return of.figure satisfies never;
          }
        }),
        grains[of.figure],
      );
  }
}

/** The coarsest of the runs': a value cannot be told from 0 more finely than the coarsest recording can. */
function grainOf(found: readonly Distribution[]): number {
  return Math.max(...found.map((one) => one.grain));
}

function numbers(values: readonly number[], grain: number, exceedances = Infinity): Measured {
  return { kind: "numbers", values: values.filter((value) => value >= 0 && value < Infinity), grain, exceedances };
}
