import { suspending, type Vu } from "../model/vu.js";
import { sendBatch } from "./http/batch.js";
import { file } from "./http/body.js";
import { constants } from "./http/constants.js";
import { CookieJar } from "./http/cookies.js";
import { methodName } from "./http/request.js";
import type { K6Response } from "./http/response.js";
import { sessionOf } from "./http/session-of.js";
import { expectedStatuses, responseCallback } from "./http/statuses.js";
import { taggedUrl } from "./http/tagged-url.js";
import { pendingOf } from "./pending.js";

/** The `k6/http` module of one VU. Requests block the script; `asyncRequest` returns its promise to it. */
export function httpModule(vu: Vu): object {
  const session = sessionOf(vu);
  const withBody = (method: string) =>
    suspending((url: unknown, body?: unknown, params?: unknown) => session.send(method, url, body, params));
  const withoutBody = (method: string) =>
    suspending((url: unknown, params?: unknown) => session.send(method, url, null, params));
  const request = (method: unknown, url: unknown, body?: unknown, params?: unknown) =>
    session.send(methodName(method), url, body, params);

  const module: Record<string, unknown> = {
    __esModule: true,
    ...constants,
    get: withoutBody("GET"),
    head: withoutBody("HEAD"),
    post: withBody("POST"),
    put: withBody("PUT"),
    patch: withBody("PATCH"),
    del: withBody("DELETE"),
    options: withBody("OPTIONS"),
    request: suspending((method: unknown, url: unknown, body?: unknown, params?: unknown) =>
      request(method, url, body, params),
    ),
    batch: suspending((requests: unknown) => sendBatch(session, requests)),
    async asyncRequest(method: unknown, url: unknown, body?: unknown, params?: unknown): Promise<K6Response> {
      // The iteration lasts until the response is there, whether the script awaits it or not.
      const ended = pendingOf(vu).begin();
      try {
        return await request(method, url, body, params);
      } finally {
        ended();
      }
    },
    url: taggedUrl,
    file,
    CookieJar,
    cookieJar: () => session.cookieJar(),
    expectedStatuses,
    setResponseCallback: (callback: unknown) =>
      session.setResponseCallback(responseCallback(callback, "http.setResponseCallback")),
  };
  module.default = module;
  return module;
}
