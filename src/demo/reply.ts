import type { IncomingMessage, ServerResponse } from "node:http";

/** What a route answers: a finished body, so that the hot path serialises nothing twice. */
export interface Reply {
  readonly status: number;
  readonly body: string;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One shape for every error: `code` for machines, `stage` and `context` for whoever searches the logs. */
export interface ErrorBody {
  readonly code: string;
  readonly stage: "routing" | "limit" | "auth" | "parse" | "validate" | "handle";
  readonly message: string;
  readonly context: Readonly<Record<string, unknown>>;
}

export function failure(status: number, error: ErrorBody, headers?: Readonly<Record<string, string>>): Reply {
  return { status, body: JSON.stringify(error), ...(headers === undefined ? {} : { headers }) };
}

export function json(status: number, value: unknown): Reply {
  return { status, body: JSON.stringify(value) };
}

/** Writes a reply; one that nobody waits for any more is dropped. */
export function send(response: ServerResponse, reply: Reply, requestId: string): void {
  if (response.destroyed) return;
  response.writeHead(reply.status, {
    "content-type": reply.contentType ?? "application/json",
    "content-length": Buffer.byteLength(reply.body),
    "x-request-id": requestId,
    ...reply.headers,
  });
  response.end(reply.body);
}

const bodyLimit = 64 * 1024;

/** A request's body, or the error reply that says why there is none. */
export async function readJson(request: IncomingMessage): Promise<{ readonly value: unknown } | Reply> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    if (length <= bodyLimit) parts.push(part);
  }
  if (length > bodyLimit) {
    return failure(413, {
      code: "body.too-large",
      stage: "parse",
      message: "The body is too large.",
      context: { bytes: length, limit: bodyLimit },
    });
  }
  try {
    return { value: JSON.parse(Buffer.concat(parts).toString("utf8")) };
  } catch {
    return failure(400, {
      code: "body.not-json",
      stage: "parse",
      message: "The body is not JSON.",
      context: { bytes: length },
    });
  }
}
