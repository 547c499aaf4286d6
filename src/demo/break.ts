import { didYouMean } from "../model/nearest.js";
import { Problem } from "../model/problem.js";
import type { Routes } from "./api.js";
import { json } from "./reply.js";

/** Parts of the target that can be broken on request, each with what it does then. */
export const breakable = {
  health: "/health answers 503 and says degraded",
  ready: "/health/ready answers 503",
  live: "/health/live answers 503",
  metrics: "/metrics exports nothing",
  cache: "nothing is ever found in the cache",
  tokens: "tokens stay valid when they are rotated",
  logs: "log lines lose the request's id",
  websocket: "/ws refuses connections",
  data: "items differ after each start",
} as const;
export type Breakable = keyof typeof breakable;

/** "cache,tokens" as a set. @throws {Problem} `demo.flag-invalid` */
export function parseBreak(text: string): ReadonlySet<Breakable> {
  const names = Object.keys(breakable);
  const words = text.split(",").map((word) => word.trim());
  for (const word of words) {
    if (names.includes(word)) continue;
    throw new Problem("demo.flag-invalid", "--break names something that cannot be broken.", {
      at: "--break",
      found: word,
      expected: names.join(", "),
      hint: `Name one or several, parted by commas.${didYouMean(word, names)}`,
    });
  }
  return new Set(words as Breakable[]);
}

/** The routes with the broken ones in place of the good ones. */
export function withBroken(routes: Routes, broken: ReadonlySet<Breakable>): Routes {
  const failing = (body: Readonly<Record<string, unknown>>) => ({
    GET: () => ({ reply: json(503, body), delayMs: 0 }),
  });
  const metrics = { status: 200, body: "# nothing\n", contentType: "text/plain; version=0.0.4" };
  return {
    ...routes,
    ...(broken.has("health")
      ? { "/health": failing({ status: "failing", degraded: true, next_recovery_eta: null }) }
      : {}),
    ...(broken.has("ready") ? { "/health/ready": failing({ status: "waiting" }) } : {}),
    ...(broken.has("live") ? { "/health/live": failing({ status: "dying" }) } : {}),
    ...(broken.has("metrics") ? { "/metrics": { GET: () => ({ reply: metrics, delayMs: 0 }) } } : {}),
  };
}
