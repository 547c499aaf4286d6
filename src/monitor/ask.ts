import { request as plainRequest } from "node:http";
import { request as tlsRequest } from "node:https";

export interface Question {
  /** http:, https:, or unix:SOCKET for a socket of this machine. */
  readonly host: string;
  /** With its query. */
  readonly path: string;
  readonly timeoutMs: number;
  /** Longer answers are cut off with an error. */
  readonly mostBytes: number;
}

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** Why a source could not be asked, in words for an event. */
export class NoAnswer extends Error {}

/**
 * One GET, bounded in time and size.
 *
 * @throws {NoAnswer} with the reason in words
 */
export function ask({ host, path, timeoutMs, mostBytes }: Question): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const socketPath = host.startsWith("unix:") ? host.slice("unix:".length).replace(/^\/\/(?=\/)/, "") : undefined;
    // Joined as text: resolved against the host, a path that begins with "//" would name another one.
    const url = socketPath === undefined ? new URL(host.replace(/\/+$/, "") + path) : undefined;
    const fail = (reason: string): void => {
      request.destroy();
      reject(new NoAnswer(reason));
    };
    const make = url?.protocol === "https:" ? tlsRequest : plainRequest;
    const options = {
      agent: false as const,
      headers: { host: url?.host ?? "localhost", accept: "*/*", connection: "close" },
    };
    const request =
      url === undefined
        ? make({ ...options, socketPath: socketPath!, path })
        : make(url, { ...options, auth: authOf(url) });
    const timer = setTimeout(() => fail(`no answer within ${timeoutMs / 1000} s`), timeoutMs);
    request.on("close", () => clearTimeout(timer));
    request.on("error", (error: NodeJS.ErrnoException) => reject(new NoAnswer(reasonOf(error))));
    request.on("response", (response) => {
      const parts: Buffer[] = [];
      let bytes = 0;
      response.on("data", (part: Buffer) => {
        bytes += part.length;
        if (bytes > mostBytes) fail(`an answer of more than ${mostBytes / 1e6} MB`);
        else parts.push(part);
      });
      response.on("error", (error: NodeJS.ErrnoException) => reject(new NoAnswer(reasonOf(error))));
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          type: response.headers["content-type"] ?? "",
          text: Buffer.concat(parts).toString("utf8"),
        }),
      );
    });
    request.end();
  });
}

function authOf(url: URL): string | null {
  return url.username === "" ? null : `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
}

function reasonOf(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case "ECONNREFUSED":
      return "connection refused";
    case "ENOENT":
      return "there is no such socket";
    case "EACCES":
    case "EPERM":
      return "no permission for the socket";
    case "ENOTFOUND":
      return "unknown host";
    case "ECONNRESET":
      return "the connection broke";
    default:
      return error.code ?? "no answer";
  }
}
