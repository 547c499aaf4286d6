import autocannon from "autocannon";
import type { Saturation } from "../model/capacity.js";
import { Problem } from "../model/problem.js";
import { redactUrl } from "../model/redact.js";

/** A request without an answer after this long is a failed one. */
const timeoutS = 10;

export interface SaturateRequest {
  readonly url: string;
  readonly connections: number;
  readonly durationMs: number;
  /** Ends it early. */
  readonly signal: AbortSignal;
}

/**
 * Closed loops without pause: how many requests a second a URL answers when it is always busy.
 *
 * @throws {Problem} `capacity.unreachable` where no request succeeded
 */
export async function saturate(request: SaturateRequest): Promise<Saturation> {
  const { url, connections, durationMs, signal } = request;
  const result = await new Promise<autocannon.Result>((done, fail) => {
    const instance = autocannon(
      { url, connections, duration: durationMs / 1000, timeout: timeoutS },
      (error: Error | null, end) => (error === null ? done(end) : fail(error)),
    );
    const stop = (): void => (instance as unknown as { stop(): void }).stop();
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    instance.once("done", () => signal.removeEventListener("abort", stop));
  });
  const succeeded = result["2xx"];
  const failed = result.non2xx + result.errors;
  if (succeeded === 0 && !signal.aborted) {
    throw new Problem("capacity.unreachable", "The URL answered no request with success.", {
      at: redactUrl(url),
      found: `${result.non2xx} answers with another status, ${result.errors} errors, ${result.timeouts} of them timeouts`,
      expected: "a status from 200 to 299",
      hint: "Try the URL by hand; for anything but a plain GET write a script: loadline capacity SCRIPT",
    });
  }
  return { requestsPerSecond: succeeded / Math.max(0.001, result.duration), connections, durationMs, failed };
}
