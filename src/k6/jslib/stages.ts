import exec from "k6/execution";

// For scripts that tag requests with the stage that they fall into; bundled into those that import k6-utils.

interface Stage {
  readonly target: number;
  readonly endMs: number;
}

/** Index of the stage of the running scenario, from 0; the last one where all are over. @throws {Error} without stages */
export function getCurrentStageIndex(): number {
  return current().index;
}

/** Gives this VU's samples the tag `stage`. */
export function tagWithCurrentStageIndex(): void {
  exec.vu.metrics.tags.stage = String(current().index);
}

/** Gives this VU's samples the tag `stage_profile`: ramp-up, steady or ramp-down. */
export function tagWithCurrentStageProfile(): void {
  const { stages, index, start } = current();
  const rise = stages[index]!.target - (index === 0 ? start : stages[index - 1]!.target);
  exec.vu.metrics.tags.stage_profile = rise > 0 ? "ramp-up" : rise < 0 ? "ramp-down" : "steady";
}

function current(): { readonly stages: readonly Stage[]; readonly index: number; readonly start: number } {
  const { name, startTime } = exec.scenario;
  const scenario = exec.test.options.scenarios?.[name] as Readonly<Record<string, unknown>> | undefined;
  const given = scenario?.stages as readonly { readonly duration: string; readonly target: number }[] | undefined;
  if (given === undefined || given.length === 0) throw new Error(`The scenario ${name} has no stages.`);
  let endMs = 0;
  const stages = given.map(({ duration, target }) => {
    endMs += milliseconds(duration);
    return { target, endMs };
  });
  const elapsedMs = Date.now() - startTime;
  const found = stages.findIndex((stage) => elapsedMs < stage.endMs);
  return {
    stages,
    index: found < 0 ? stages.length - 1 : found,
    start: Number(scenario?.startVUs ?? scenario?.startRate ?? 0),
  };
}

const unitMs: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** "1m30s" as the consolidated options write it. */
function milliseconds(text: string): number {
  let sum = 0;
  for (const [, value, unit] of String(text).matchAll(/([\d.]+)(ms|[dhms])/g)) sum += Number(value) * unitMs[unit!]!;
  return sum;
}
