import type { Tags } from "../model/metric.js";

/** A request that did not reach the target at all: no address for its name, or no connection. */
export function isUnanswered(tags: Tags): boolean {
  const code = Number(tags.error_code);
  return tags.status === "0" && code >= 1100 && code < 1220;
}
