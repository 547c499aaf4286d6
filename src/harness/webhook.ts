import { setTimeout as wait } from "node:timers/promises";

const tries = 3;
const timeoutMs = 10_000;

/**
 * Posts a JSON document; tries again twice where the receiver is not there or answers with a 5xx.
 *
 * The address is never told, because its path is often the secret.
 *
 * @returns why it failed, in words; undefined where it was taken
 */
export async function postWebhook(url: string, document: unknown, pauseMs = 2000): Promise<string | undefined> {
  let failure = "";
  for (let i = 0; i < tries; i += 1) {
    if (i > 0) await wait(pauseMs * i);
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(document),
        redirect: "error",
        signal: AbortSignal.timeout(timeoutMs),
      });
      await response.body?.cancel();
      if (response.ok) return undefined;
      failure = `it answered ${response.status}`;
      if (response.status < 500 && response.status !== 429) break;
    } catch (error) {
      const cause = error instanceof Error ? ((error.cause as { code?: string } | undefined)?.code ?? error.name) : "";
      failure = `it could not be reached (${cause})`;
    }
  }
  return `The webhook was not told: ${failure}.`;
}
