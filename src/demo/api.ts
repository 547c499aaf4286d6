import type { IncomingMessage } from "node:http";
import type { ItemStore } from "./items.js";
import { latencySampler, seededRandom } from "./latency.js";
import type { DemoMetrics } from "./metrics.js";
import { failure, json, type Reply, readJson } from "./reply.js";
import type { Tokens } from "./tokens.js";

/** A reply and how long its work takes. */
export interface Answer {
  readonly reply: Reply;
  readonly delayMs: number;
}

/** One request as a handler sees it. */
export interface Call {
  readonly request: IncomingMessage;
  /** Of the path, where the route has one. */
  readonly id: string;
  readonly query: URLSearchParams;
}

export type Handler = (call: Call) => Answer | Promise<Answer>;

/** Handlers by route, then by method. */
export type Routes = Readonly<Record<string, Readonly<Record<string, Handler>>>>;

export interface ApiParts {
  readonly items: ItemStore;
  readonly tokens: Tokens;
  readonly metrics: DemoMetrics;
  readonly latencyScale: number;
  readonly seed: number;
}

// Relative to the common latency: what a cache saves, what a write or a password costs.
const weights = { list: 1, hit: 0.9, miss: 1.3, create: 1.1, login: 1.3, me: 0.8 } as const;

/** The JSON API: list, get, create, log in, rotate the token, who am I. */
export function apiRoutes({ items, tokens, metrics, latencyScale, seed }: ApiParts): Routes {
  // One sampler a kind of work, so that the mix of requests does not disturb the quantiles of any.
  const kinds = Object.keys(weights) as (keyof typeof weights)[];
  const samplers = new Map(kinds.map((kind, i) => [kind, latencySampler(seededRandom(seed * 31 + i))]));
  const after = (kind: keyof typeof weights, reply: Reply): Answer => ({
    reply,
    delayMs: samplers.get(kind)!() * weights[kind] * latencyScale,
  });

  return {
    "/api/items": {
      GET({ query }) {
        const text = query.get("limit") ?? "20";
        const limit = /^\d+$/.test(text) ? Number(text) : 0;
        if (limit >= 1 && limit <= 100) return after("list", { status: 200, body: items.list(limit) });
        return after("list", invalid("limit", text, "a whole number from 1 to 100"));
      },
      async POST({ request }) {
        const body = await readJson(request);
        if (!("value" in body)) return after("create", body);
        const { name, price } = fields(body.value);
        if (typeof name !== "string" || name === "" || name.length > 100) {
          return after("create", invalid("name", name, "1 to 100 characters"));
        }
        if (typeof price !== "number" || price < 0 || price > 1e9) {
          return after("create", invalid("price", price, "a number from 0 to 1,000,000,000"));
        }
        return after("create", { status: 201, body: items.create(name, price) });
      },
    },
    "/api/items/:id": {
      GET({ id }) {
        const { body, hit } = items.find(/^\d{1,9}$/.test(id) ? Number(id) : 0);
        metrics.cacheLookup(hit);
        if (body !== undefined) return after(hit ? "hit" : "miss", { status: 200, body });
        const context = { id: id.slice(0, 100) };
        return after(
          "miss",
          failure(404, { code: "item.unknown", stage: "handle", message: "No such item.", context }),
        );
      },
    },
    "/api/login": {
      async POST({ request }) {
        const body = await readJson(request);
        if (!("value" in body)) return after("login", body);
        const { user, password } = fields(body.value);
        if (typeof user !== "string") return after("login", invalid("user", user, "a name"));
        if (typeof password !== "string") return after("login", invalid("password", undefined, "a password"));
        const token = tokens.login(user, password, Date.now());
        if (token !== undefined) return after("login", json(200, { token, user, expiresInSeconds: 3600 }));
        return after("login", unauthorized("auth.refused", "User and password do not match."));
      },
    },
    "/api/token/rotate": {
      POST({ request }) {
        const token = tokens.rotate(bearerOf(request) ?? "", Date.now());
        if (token !== undefined) return after("login", json(200, { token, expiresInSeconds: 3600 }));
        return after("login", unauthorized("auth.invalid", "The token is not valid, or no longer."));
      },
    },
    "/api/me": {
      GET({ request }) {
        const token = bearerOf(request);
        if (token === undefined) return after("me", unauthorized("auth.missing", "A bearer token is needed."));
        const user = tokens.userOf(token, Date.now());
        if (user !== undefined) return after("me", json(200, { user }));
        return after("me", unauthorized("auth.invalid", "The token is not valid, or no longer."));
      },
    },
  };
}

function bearerOf(request: IncomingMessage): string | undefined {
  return /^Bearer (\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
}

function invalid(field: string, found: unknown, expected: string): Reply {
  const shown = typeof found === "string" ? found.slice(0, 100) : found;
  return failure(400, {
    code: `${field}.invalid`,
    stage: "validate",
    message: `${field} is not valid.`,
    context: { field, found: shown ?? null, expected },
  });
}

function unauthorized(code: string, message: string): Reply {
  const error = { code, stage: "auth", message, context: { scheme: "Bearer" } } as const;
  return failure(401, error, { "www-authenticate": "Bearer" });
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
