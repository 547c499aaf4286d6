import type { ComparedRun } from "../model/comparison.js";
import { mean, quantile } from "../stats/histogram.js";
import type { Proportion } from "../stats/proportions.js";
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

// Histograms hold thousandths of a row's unit: µs of ms.
const perUnit = 1000;
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
    case "quantile":
    case "mean": {
      const histograms = runs.map((run) => run.totals[series]).filter((one) => one !== undefined && one.count > 0);
      const tail = of.kind === "quantile" ? Math.min(of.q, 1 - of.q) : Infinity;
      return numbers(
        histograms.map((one) => (of.kind === "quantile" ? quantile(one!, of.q) : mean(one!)) / perUnit),
        1 / perUnit,
        Math.min(...histograms.map((one) => one!.count * tail)),
      );
    }
    case "throughput":
      return numbers(
        runs.flatMap((run) => run.load?.achievedRate ?? []),
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

function numbers(values: readonly number[], grain: number, exceedances = Infinity): Measured {
  return { kind: "numbers", values: values.filter((value) => value >= 0 && value < Infinity), grain, exceedances };
}
