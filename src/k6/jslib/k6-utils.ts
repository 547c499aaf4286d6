import { check as checkNow } from "k6";
import crypto from "k6/crypto";

export { getCurrentStageIndex, tagWithCurrentStageIndex, tagWithCurrentStageProfile } from "./stages.js";

// Our own functions under the names of k6's library of helpers; bundled into scripts that import it.

/** A whole number from `min` to `max`, both included. */
export function randomIntBetween(min: number, max: number): number {
  return Math.floor(Math.random() * (max - min + 1)) + min;
}

/** Any one of a list. */
export function randomItem<T>(items: ArrayLike<T>): T | undefined {
  return items[Math.floor(Math.random() * items.length)];
}

/** Text of that many characters, out of the alphabet given. */
export function randomString(length: number, charset = "abcdefghijklmnopqrstuvwxyz"): string {
  let text = "";
  for (let i = 0; i < length; i += 1) text += charset[Math.floor(Math.random() * charset.length)];
  return text;
}

/** A random UUID of version 4 (RFC 9562). @param secure takes its bits from the system's generator */
export function uuidv4(secure = false): string {
  const bytes = secure
    ? [...new Uint8Array(crypto.randomBytes(16))]
    : Array.from({ length: 16 }, () => Math.floor(Math.random() * 256));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** What stands between two texts: the first place's, or with `repeat` every place's; null where there is none. */
export function findBetween(content: string, left: string, right: string, repeat?: false): string | null;
export function findBetween(content: string, left: string, right: string, repeat: true): string[];
export function findBetween(content: string, left: string, right: string, repeat = false): string | string[] | null {
  const found: string[] = [];
  for (let at = 0; ; ) {
    const start = content.indexOf(left, at);
    if (start < 0) break;
    const from = start + left.length;
    const to = content.indexOf(right, from);
    if (to < 0) break;
    found.push(content.slice(from, to));
    if (!repeat) break;
    at = to + right.length;
  }
  return repeat ? found : (found[0] ?? null);
}

/**
 * Stages of ramping users along a bell curve, and back to none at the end: a sixth of the time to ramp up, a sixth to
 * ramp down, and the rest shared by `numberOfStages` stages between them. Durations are rounded up to whole seconds.
 */
export function normalDistributionStages(
  maxVus: number,
  durationSeconds: number,
  numberOfStages = 10,
): { duration: string; target: number }[] {
  // The bell from two standard deviations before its top to two behind; its highest point here is `maxVus`.
  const heights = Array.from({ length: numberOfStages + 1 }, (_, i) => {
    const x = -2 + (4 * i) / numberOfStages;
    return Math.exp((-x * x) / 2);
  });
  const highest = Math.max(...heights);
  const targets = [...heights.map((height) => Math.round((maxVus * height) / highest)), 0];
  const rampSeconds = Math.ceil(durationSeconds / 6);
  const stageSeconds = Math.ceil((durationSeconds * 4) / 6 / numberOfStages);
  return targets.map((target, i) => ({
    duration: `${i === 0 || i === targets.length - 1 ? rampSeconds : stageSeconds}s`,
    target,
  }));
}

type Tests = Readonly<Record<string, unknown>>;

/**
 * The check of k6, whose tests may also be promises, or functions that give one.
 *
 * @returns true where all passed: at once, or as a promise where one of the tests was one
 */
export function check(value: unknown, tests: Tests, tags?: Record<string, string>): boolean | Promise<boolean> {
  const results = Object.entries(tests).map(([name, test]) => {
    const result: unknown = typeof test === "function" ? (test as (value: unknown) => unknown)(value) : test;
    const isLater = typeof result === "object" && result !== null && "then" in result;
    const noted = (passed: unknown): boolean => checkNow(value, { [name]: () => Boolean(passed) }, tags);
    return isLater ? (result as PromiseLike<unknown>).then(noted) : noted(result);
  });
  return results.every((each) => typeof each === "boolean")
    ? results.every(Boolean)
    : Promise.all(results).then((all) => all.every(Boolean));
}
