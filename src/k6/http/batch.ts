import { Problem } from "../../model/problem.js";
import { type K6Request, methodName } from "./request.js";
import type { K6Response } from "./response.js";
import type { Session } from "./session.js";
import { TaggedUrl } from "./tagged-url.js";

/**
 * Sends requests in parallel, at most `options.batch` at once and `options.batchPerHost` to one host.
 *
 * @param requests an array or an object; the responses come in the same shape
 * @throws {Problem} `http.batch-invalid`, or what is wrong with one of the requests; nothing is sent then
 */
export async function sendBatch(session: Session, requests: unknown): Promise<unknown> {
  if (typeof requests !== "object" || requests === null) throw invalid("requests", requests);
  const keys = Object.keys(requests);
  const prepared = keys.map((key) => prepare(session, (requests as Record<string, unknown>)[key], key));
  const responses = await sendAll(session, prepared);
  if (Array.isArray(requests)) return responses;
  return Object.fromEntries(keys.map((key, index) => [key, responses[index]]));
}

function prepare(session: Session, entry: unknown, key: string): K6Request {
  if (typeof entry === "string" || entry instanceof TaggedUrl) return session.prepare("GET", entry, null, null);
  if (Array.isArray(entry)) {
    if (entry.length < 2) throw invalid(`requests[${key}]`, entry);
    return session.prepare(methodName(entry[0]), entry[1], entry[2], entry[3]);
  }
  if (typeof entry === "object" && entry !== null) {
    const { method, url, body, params } = entry as Record<string, unknown>;
    if (url === undefined) throw invalid(`requests[${key}].url`, url);
    return session.prepare(method === undefined ? "GET" : methodName(method), url, body, params);
  }
  throw invalid(`requests[${key}]`, entry);
}

function sendAll(session: Session, requests: readonly K6Request[]): Promise<K6Response[]> {
  const { total, perHost } = session.batchLimits;
  const responses: K6Response[] = new Array(requests.length);
  const waiting = requests.map((_, index) => index);
  const busyByHost = new Map<string, number>();
  let busy = 0;
  let failure: { readonly error: unknown } | undefined;
  return new Promise((resolve, reject) => {
    const settle = (host: string): void => {
      busy -= 1;
      busyByHost.set(host, busyByHost.get(host)! - 1);
      startMore();
    };
    const startMore = (): void => {
      for (let at = 0; at < waiting.length && (total <= 0 || busy < total); ) {
        const index = waiting[at]!;
        const request = requests[index]!;
        const host = request.url?.hostname ?? "";
        const ofHost = busyByHost.get(host) ?? 0;
        if (perHost > 0 && ofHost >= perHost) {
          at += 1;
          continue;
        }
        waiting.splice(at, 1);
        busy += 1;
        busyByHost.set(host, ofHost + 1);
        session.issue(request).then(
          (response) => {
            responses[index] = response;
            settle(host);
          },
          (error: unknown) => {
            failure ??= { error };
            settle(host);
          },
        );
      }
      if (busy > 0 || waiting.length > 0) return;
      if (failure === undefined) resolve(responses);
      else reject(failure.error);
    };
    startMore();
  });
}

function invalid(at: string, found: unknown): Problem {
  return new Problem("http.batch-invalid", "http.batch was given something that is no request.", {
    at,
    found,
    expected: "a URL, [method, url, body, params], or {method, url, body, params}",
  });
}
