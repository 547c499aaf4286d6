import type { IncomingMessage, ServerResponse } from "node:http";
import type { Alarm } from "./alarm.js";
import type { Answer, Routes } from "./api.js";
import { type Random, seededRandom } from "./latency.js";
import type { RateLimit } from "./limit.js";
import type { AccessLog } from "./log.js";
import type { DemoMetrics } from "./metrics.js";
import type { DemoOptions } from "./options.js";
import { failure, send } from "./reply.js";
import { doneAt } from "./stall.js";

export interface ServiceParts {
  readonly options: DemoOptions;
  readonly routes: Routes;
  readonly alarm: Alarm;
  readonly metrics: DemoMetrics;
  readonly log: AccessLog;
  readonly limit: RateLimit | undefined;
}

const itemPath = "/api/items/";

/**
 * The request listener: finds the route, lets the faults have their way, answers when the work would be done.
 *
 * @returns a listener for `node:http`
 */
export function makeService(parts: ServiceParts): (request: IncomingMessage, response: ServerResponse) => void {
  const { alarm, metrics, log, options } = parts;
  const startMs = alarm.now();
  const random = seededRandom(options.seed ^ 0x5f37_59df);
  const idPrefix = `${process.pid.toString(36)}-${Date.now().toString(36)}-`;
  let served = 0;

  return (request, response) => {
    const arrivedMs = alarm.now();
    served += 1;
    const given = request.headers["x-request-id"];
    const requestId =
      typeof given === "string" && /^[\w.:-]{1,128}$/.test(given) ? given : idPrefix + served.toString(36);
    const url = request.url ?? "/";
    const queryAt = url.indexOf("?");
    const path = queryAt < 0 ? url : url.slice(0, queryAt);
    const route = routeOf(parts.routes, path);

    const finish = (answer: Answer) => {
      const answerNow = () => {
        send(response, answer.reply, requestId);
        const durationMs = alarm.now() - arrivedMs;
        const method = request.method ?? "GET";
        metrics.observe(method, route, answer.reply.status, durationMs / 1000);
        log.request({ requestId, method, route, path, status: answer.reply.status, durationMs });
      };
      const dueMs = startMs + doneAt(arrivedMs - startMs, answer.delayMs, options.stall);
      if (dueMs <= alarm.now()) answerNow();
      else alarm.at(dueMs, answerNow);
    };

    const query = new URLSearchParams(queryAt < 0 ? "" : url.slice(queryAt + 1));
    const answer = answerTo(parts, random, route, path, request, query, arrivedMs);
    if (!(answer instanceof Promise)) return finish(answer);
    // A body that breaks off leaves nobody to answer.
    answer.then(finish, () => response.destroy());
  };
}

function answerTo(
  { routes, limit, options }: ServiceParts,
  random: Random,
  route: string,
  path: string,
  request: IncomingMessage,
  query: URLSearchParams,
  nowMs: number,
): Answer | Promise<Answer> {
  const method = request.method === "HEAD" ? "GET" : (request.method ?? "GET");
  const handlers = routes[route];
  if (handlers === undefined) {
    const context = { path: path.slice(0, 200) };
    return atOnce(failure(404, { code: "route.unknown", stage: "routing", message: "No such path.", context }));
  }
  const handler = Object.hasOwn(handlers, method) ? handlers[method] : undefined;
  if (handler === undefined) {
    const allow = Object.keys(handlers).join(", ");
    const error = { code: "method.not-allowed", stage: "routing", context: { method, allow } } as const;
    return atOnce(failure(405, { ...error, message: "The path has no such method." }, { allow }));
  }
  if (path.startsWith("/api/")) {
    if (limit !== undefined && !limit.take(nowMs)) {
      const error = { code: "rate.limited", stage: "limit", context: { perSecond: limit.perSecond } } as const;
      return atOnce(failure(429, { ...error, message: "Too many requests." }, { "retry-after": "1" }));
    }
    if (options.errorRatio > 0 && random() < options.errorRatio) {
      const error = { code: "fault.injected", stage: "handle", context: { ratio: options.errorRatio } } as const;
      return atOnce(failure(500, { ...error, message: "This failure was asked for." }));
    }
  }
  return handler({ request, id: path.slice(itemPath.length), query });
}

function routeOf(routes: Routes, path: string): string {
  if (Object.hasOwn(routes, path)) return path;
  const isItem = path.startsWith(itemPath) && path.length > itemPath.length && !path.includes("/", itemPath.length);
  return isItem ? "/api/items/:id" : "other";
}

function atOnce(reply: Answer["reply"]): Answer {
  return { reply, delayMs: 0 };
}
