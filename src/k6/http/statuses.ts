import { Problem } from "../../model/problem.js";

/** Which statuses count as success: what `http.expectedStatuses` returns. */
export class ExpectedStatuses {
  /** @param ranges inclusive at both ends */
  constructor(private readonly ranges: readonly { readonly min: number; readonly max: number }[]) {}

  includes(status: number): boolean {
    for (const range of this.ranges) if (status >= range.min && status <= range.max) return true;
    return false;
  }
}

/** k6's default: 200 to 399. */
export const defaultStatuses = new ExpectedStatuses([{ min: 200, max: 399 }]);

/**
 * @param given numbers, or objects with `min` and `max`
 * @throws {Problem} `http.statuses-invalid`
 */
export function expectedStatuses(...given: readonly unknown[]): ExpectedStatuses {
  if (given.length === 0) throw invalid("nothing");
  return new ExpectedStatuses(
    given.map((each) => {
      if (Number.isInteger(each)) return { min: each as number, max: each as number };
      const { min, max } = (each ?? {}) as { min?: unknown; max?: unknown };
      if (Number.isInteger(min) && Number.isInteger(max)) return { min: min as number, max: max as number };
      throw invalid(each);
    }),
  );
}

/**
 * What a script gave as response callback.
 *
 * @returns null where the script turned it off
 * @throws {Problem} `http.callback-invalid`
 */
export function responseCallback(given: unknown, at: string): ExpectedStatuses | null {
  if (given === null || given instanceof ExpectedStatuses) return given;
  throw new Problem("http.callback-invalid", "The response callback is not one that k6/http made.", {
    at,
    found: typeof given,
    expected: "http.expectedStatuses(…) or null",
  });
}

function invalid(found: unknown): Problem {
  return new Problem("http.statuses-invalid", "http.expectedStatuses was given something that is no status.", {
    at: "http.expectedStatuses",
    found,
    expected: "whole numbers, or objects such as {min: 200, max: 299}",
  });
}
