import { readFileSync } from "node:fs";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { request as httpsRequest } from "node:https";
import { rootCertificates } from "node:tls";
import { Problem } from "../model/problem.js";
import type { ProbeContext } from "./probe-kind.js";

/** An answer, or the error that took its place. */
export type CallResult =
  | {
      readonly status: number;
      readonly headers: IncomingHttpHeaders;
      readonly body: string;
      readonly durationMs: number;
      readonly error?: undefined;
    }
  | { readonly error: string; readonly durationMs: number };

export interface CallInput {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

/** A body longer than this is no answer to a probe. */
const bodyLimit = 16 * 1024 * 1024;

/** One request on a connection of its own; redirects are answers, not instructions. */
export function call(input: CallInput, context: Pick<ProbeContext, "signal" | "ca">): Promise<CallResult> {
  const startMs = performance.now();
  const took = (): number => performance.now() - startMs;
  return new Promise((resolve) => {
    const fail = (error: NodeJS.ErrnoException): void =>
      resolve({ error: error.code === "ABORT_ERR" ? "no answer in time" : wordsOf(error), durationMs: took() });
    const url = new URL(input.url);
    const send = url.protocol === "https:" ? httpsRequest : httpRequest;
    const request = send(
      url,
      {
        method: input.method,
        headers: {
          ...input.headers,
          ...(input.body === undefined ? {} : { "content-length": String(Buffer.byteLength(input.body)) }),
        },
        agent: false,
        signal: context.signal,
        ...(context.ca === undefined ? {} : { ca: [...rootCertificates, context.ca] }),
      },
      (response) => {
        const parts: Buffer[] = [];
        let bytes = 0;
        response.on("data", (part: Buffer) => {
          bytes += part.length;
          if (bytes > bodyLimit) request.destroy(new Error(`the answer is longer than ${bodyLimit} bytes`));
          else parts.push(part);
        });
        response.on("error", fail);
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(parts).toString("utf8"),
            durationMs: took(),
          }),
        );
      },
    );
    request.on("error", fail);
    request.end(input.body);
  });
}

/**
 * A URL that may be a path below the target's.
 *
 * @throws {Problem} `probe.no-url` where it is a path and nobody said where the target is, `probe.bad-url`
 */
export function absoluteUrl(url: string, context: Pick<ProbeContext, "baseUrl">): string {
  const base = context.baseUrl();
  const isAbsolute = /^[a-z][a-z0-9+.-]*:\/\//i.test(url);
  if (!isAbsolute && base === undefined) {
    throw new Problem("probe.no-url", `Where is the target? The probe asks for ${url}.`, {
      expected: "a base URL",
      hint: "Give -e BASE_URL=http://…, or baseUrl in loadline.config.ts, or start the target with --command.",
    });
  }
  // A base with a path keeps it: the target may live below one.
  const joined = isAbsolute ? url : `${base!.replace(/\/+$/, "")}/${url.replace(/^\/+/, "")}`;
  if (!URL.canParse(joined)) {
    throw new Problem("probe.bad-url", "The probe's URL is none.", {
      found: joined,
      hint: "Give the target as http://host:port, and what the probe asks for as /health.",
    });
  }
  return joined;
}

/** The text of a PEM file that a probe names. */
export function readPem(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new Problem("probe.ca-unreadable", `The certificate file ${path} cannot be read.`, {
      at: path,
      found: (cause as NodeJS.ErrnoException).code,
      hint: "Name a PEM file; relative paths start at the config's folder.",
      cause,
    });
  }
}

function wordsOf(error: NodeJS.ErrnoException): string {
  if (error.message !== "") return error.message;
  return error.code ?? "the connection failed";
}
