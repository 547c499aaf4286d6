import { setTimeout as wait } from "node:timers/promises";
import { exitCodes, Problem } from "../model/problem.js";

const tries = 3;
const timeoutMs = 10_000;

/** The envelope of what a webhook is sent: a receiver tells by the event what stands beside these. */
export interface Notice {
  readonly schema: "loadline.notice/1";
  readonly event: "nightly.finished" | "signoff.finished";
  readonly startedAt: string;
  readonly endedAt: string;
  readonly exitCode: number;
  /** Markdown, for a chat. */
  readonly text: string;
}

/**
 * Where a command is to post its end: the flag, else the environment; undefined where neither asks for it.
 *
 * @throws {Problem} `usage.webhook` for a flag that is no address, before there is anything to lose
 */
export function webhookAddress(flag: string | undefined, environment: string | undefined): string | undefined {
  if (flag === undefined) return environment === "" ? undefined : environment;
  if (isAddress(flag)) return flag;
  throw new Problem("usage.webhook", "--webhook is no address.", {
    expected: "a URL that begins with http:// or https://",
    hint: "Quote it for the shell; LOADLINE_WEBHOOK in the environment serves as well.",
    exitCode: exitCodes.usage,
  });
}

/**
 * Posts a JSON document; tries again twice where the receiver is not there or answers with a 5xx.
 *
 * The address is never told, because its path is often the secret.
 *
 * @returns why it failed, in words; undefined where it was taken
 */
export async function postWebhook(url: string, document: unknown, pauseMs = 2000): Promise<string | undefined> {
  if (!isAddress(url)) return "The webhook was not told: what it is set to is no address.";
  let failure = "";
  const { address, headers } = withoutCredentials(url);
  for (let i = 0; i < tries; i += 1) {
    if (i > 0) await wait(pauseMs * i);
    try {
      const response = await fetch(address, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
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

function isAddress(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

/** `fetch` takes no user and password in an address; they go where a server looks for them. */
function withoutCredentials(url: string): { address: URL; headers: Record<string, string> } {
  const address = new URL(url);
  const { username, password } = address;
  if (username === "" && password === "") return { address, headers: {} };
  address.username = "";
  address.password = "";
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { address, headers: { authorization: `Basic ${Buffer.from(pair).toString("base64")}` } };
}
