import { judgeFitness } from "../compare/fitness.js";
import type { Fitness, MachineReadings } from "../model/machine.js";
import { exitCodes } from "../model/problem.js";
import { readMachineLimits, watchMachine } from "../monitor/machine.js";
import { measureOversleep } from "../monitor/oversleep.js";
import { renderFitness } from "../report/fitness-text.js";
import { runSelfTest } from "./self-test.js";

const watchMs = 1000;
const selfTestRate = 1000;
const selfTestMs = 10_000;

export interface Examination extends Fitness {
  readonly schema: "loadline.doctor/1";
  readonly readings: MachineReadings;
}

/**
 * Is this machine fit to measure? Looks at its limits, watches it for a second, and puts it under a small load.
 *
 * @param quick leaves the self-test out
 * @param onStep told, in words, what goes on
 */
export async function examineMachine(quick: boolean, onStep: (text: string) => void): Promise<Examination> {
  const limits = readMachineLimits();
  onStep("watching the machine for 1 s");
  const watched = await watchMachine(watchMs);
  const oversleep = measureOversleep();
  if (!quick) onStep(`self-test: ${selfTestRate} arrivals a second for ${selfTestMs / 1000} s`);
  const selfTest = quick ? undefined : await runSelfTest(selfTestRate, selfTestMs);
  const readings: MachineReadings = { ...limits, ...watched, oversleep, selfTest };
  return { schema: "loadline.doctor/1", ...judgeFitness(readings), readings };
}

/** 112 where the machine is unfit: what it measured would be invalid. */
export function exitCodeOfFitness(fitness: Fitness): number {
  return fitness.fit ? exitCodes.ok : exitCodes.inconclusive;
}

/** The verdicts as a terminal shows them. */
export function renderExamination(
  fitness: Fitness,
  style: { readonly color: boolean; readonly width: number },
): string {
  return renderFitness(fitness, style);
}
