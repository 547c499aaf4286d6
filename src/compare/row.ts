import type { ComparisonRow, Verdict } from "../model/comparison.js";
import { type Assessment, changeOf, shownEffect } from "./assess.js";
import { judge, passConfidenceAt, splitAmong, tableLevels } from "./judge.js";
import { runsToSettle } from "./more-runs.js";
import { signedWords, sizeWords } from "./words.js";

/**
 * The finished row.
 *
 * @param adjusted p-value of "not worse" after the table's adjustment
 * @param looks planned looks among which the error is split
 * @param forbidden why no row of this comparison may have a verdict; undefined where all is well
 */
export function makeRow(
  assessment: Assessment,
  adjusted: number,
  looks: number,
  forbidden: string | undefined,
): ComparisonRow {
  const { question, gating, baseline, candidate, margin, effect, limit, obstacle, runs } = assessment;
  const { series, statistic, unit, better } = question;
  const common = { series, statistic, gating, unit, better, baseline, candidate, ...shownEffect(assessment), margin };
  const without = (reason: string) => ({ ...common, verdict: "inconclusive" as const, reason, moreRuns: null });
  if (forbidden !== undefined) return without(forbidden);
  if (effect === undefined) return without(obstacle ?? "It was not measured.");

  const level = gating ? tableLevels.gating : tableLevels.informational;
  const verdict = judge(effect, { limit, isBound: assessment.isBound, adjusted, level, looks });
  const remedy = runsToSettle(effect, limit, runs);
  const reason = reasonFor(verdict, assessment, looks, common.interval, remedy.words);
  return { ...common, verdict, reason, moreRuns: verdict === "inconclusive" ? remedy.runs : null };
}

function reasonFor(
  verdict: Verdict,
  { question, effect, margin, isBound }: Assessment,
  looks: number,
  interval: ComparisonRow["interval"],
  remedy: string,
): string {
  const { unit } = question;
  const bound = (difference: number) => changeOf(difference, question);
  const certainty = splitAmong(looks, effect!.certainty);
  const confidence = `${percentOf(certainty)} confidence`;
  const limit = isBound
    ? `the bound is ${Number((1 + margin).toPrecision(4))} times`
    : `the margin is ${sizeWords(margin, unit)}`;
  switch (verdict) {
    case "pass": {
      const sure = passConfidenceAt(looks);
      const worst = effect!.upper(sure);
      const most = worst <= 0 ? "Not worse" : `Worse by at most ${sizeWords(bound(worst), unit)}`;
      return `${most} with ${percentOf(sure)} confidence; ${limit}.`;
    }
    case "improved":
      return `Better by at least ${sizeWords(bound(effect!.upper(certainty)), unit)} with ${confidence}.`;
    case "regressed":
      return `Worse by at least ${sizeWords(bound(effect!.lower(certainty)), unit)} with ${confidence}${isBound ? `; ${limit}` : ""}.`;
    case "inconclusive": {
      if (!effect!.mayPass)
        return `${effect!.isPaired === true ? "One session" : "One run a side"} shows only what is beyond doubt; ${remedy}.`;
      const range = `${signedWords(interval!.low, unit)} to ${signedWords(interval!.high, unit)}`;
      return `The change is between ${range} (90 % interval); ${remedy}.`;
    }
  }
}

function percentOf(confidence: number): string {
  return `${Number((confidence * 100).toFixed(2))} %`;
}
