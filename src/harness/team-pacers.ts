import { monotonicClock } from "../load/clock.js";
import { type PacerLink, PacerThread } from "../load/pacer.js";
import { pacedOf } from "../load/schedule.js";
import type { Segments } from "../load/share.js";
import { warmUpPlan } from "../load/warm-up.js";
import type { Plan } from "../model/options.js";

/** From the word to go until the first due time: every engine must have heard it. */
const leadMs = 50;

type PacedPhase = "warmUp" | "load";

/** The pacer of several engines in each phase that has due times, one thread a phase. */
export class TeamPacers {
  private readonly clock = monotonicClock();
  private readonly threads: Partial<Record<PacedPhase, { thread: PacerThread; ready: Promise<void> }>> = {};

  constructor(plan: Plan, engines: readonly Segments[], onError: (error: Error) => void) {
    const add = (phase: PacedPhase, { scenarios }: Plan): void => {
      const paced = pacedOf(scenarios);
      if (paced.length === 0) return;
      const thread = new PacerThread(paced, engines, onError);
      this.threads[phase] = { thread, ready: thread.ready() };
    };
    const warmUpMs = plan.options.loadline.warmUpMs ?? 0;
    if (warmUpMs > 0) add("warmUp", warmUpPlan(plan, warmUpMs));
    add("load", plan);
  }

  linksOf(engine: number): Readonly<Record<PacedPhase, PacerLink | undefined>> {
    const link = (phase: PacedPhase): PacerLink | undefined => this.threads[phase]?.thread.links[engine];
    return { warmUp: link("warmUp"), load: link("load") };
  }

  async ready(phase: PacedPhase): Promise<void> {
    await this.threads[phase]?.ready;
  }

  /** @returns when the phase begins, on the monotonic clock */
  begin(phase: PacedPhase): number {
    const atMs = this.clock() + leadMs;
    this.threads[phase]?.thread.begin(atMs);
    return atMs;
  }

  async stop(): Promise<void> {
    await Promise.all(Object.values(this.threads).map(({ thread }) => thread.stop()));
  }
}
