import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createSecureServer } from "node:http2";
import type { AddressInfo, Server, Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { makeCertificate } from "../../src/demo/certificate.js";

/** A request as the server saw it. */
export interface SeenRequest {
  /** Method, path and query; behind it the body where there was one: `POST /echo a=1`. */
  readonly line: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface CorpusTarget {
  readonly url: string;
  /** The same service with TLS: HTTP/2 and HTTP/1.1, its certificate trusted by nobody. */
  readonly secureUrl: string;
  readonly seen: SeenRequest[];
  close(): void;
}

/** The service that every script of the corpus runs against: small, deterministic, and it remembers what it was asked. */
export async function startTarget(): Promise<CorpusTarget> {
  const seen: SeenRequest[] = [];
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks);
      const text = body.length > 0 ? ` ${body.toString("latin1")}` : "";
      seen.push({
        line: `${request.method} ${request.url}${text}`,
        headers: request.headers as Record<string, string>,
      });
      answer(request, response, body);
    });
  };
  const server = createServer(listener);
  // Node's HTTP/2 server calls with objects that do what those of HTTP/1 do.
  const secure = createSecureServer({ ...makeCertificate(1), allowHTTP1: true }, listener as never);
  const sockets = new Set<Socket>();
  secure.on("connection", (socket: Socket) => sockets.add(socket));
  const listening = (one: Server): Promise<void> => new Promise((resolve) => one.listen(0, "127.0.0.1", resolve));
  await Promise.all([listening(server), listening(secure)]);
  const portOf = (one: Server): number => (one.address() as AddressInfo).port;
  return {
    url: `http://127.0.0.1:${portOf(server)}`,
    secureUrl: `https://127.0.0.1:${portOf(secure)}`,
    seen,
    close: () => {
      server.closeAllConnections();
      server.close();
      for (const socket of sockets) socket.destroy();
      secure.close();
    },
  };
}

function answer(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
  const url = new URL(request.url ?? "/", "http://target");
  const [, first = "", second = ""] = url.pathname.split("/");
  const json = (value: unknown): void => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(value));
  };
  switch (first) {
    case "json":
      json({ user: { name: "Ada", tags: ["a", "b"] }, list: [1, 2, 3], "odd.key": true });
      return;
    case "echo":
      json({
        method: request.method,
        headers: request.headers,
        body: body.toString("latin1"),
        port: request.socket.remotePort,
      });
      return;
    case "status":
      response.statusCode = Number(second);
      response.end();
      return;
    case "redirect": {
      const left = Number(second);
      response.statusCode = 302;
      response.setHeader("location", left > 1 ? `/redirect/${left - 1}` : "/end");
      response.end();
      return;
    }
    case "see-other":
      response.statusCode = Number(second);
      response.setHeader("location", "/end");
      response.end();
      return;
    case "set-cookie":
      response.setHeader(
        "set-cookie",
        [...url.searchParams].map(([name, value]) => `${name}=${value}; Path=/`),
      );
      response.end("set");
      return;
    case "cookies":
      json({ cookie: request.headers.cookie ?? "" });
      return;
    case "basic": {
      const wanted = `Basic ${Buffer.from("user:pass").toString("base64")}`;
      response.statusCode = request.headers.authorization === wanted ? 200 : 401;
      response.end();
      return;
    }
    case "digest":
      digest(request, response);
      return;
    case "delay":
      setTimeout(() => response.end("late"), Number(second));
      return;
    case "gzip":
      response.setHeader("content-encoding", "gzip");
      response.end(gzipSync("unpacked"));
      return;
    case "bytes":
      response.end(Buffer.alloc(Number(second), 7));
      return;
    case "drop":
      request.socket.destroy();
      return;
    case "form":
      response.setHeader("content-type", "text/html");
      response.end(
        '<html><body><h1>Title</h1><a href="/end">next</a>' +
          '<form action="/echo" method="post"><input name="a" value="1"><input name="b" value="2"></form></body></html>',
      );
      return;
    default:
      response.end("ok");
      return;
  }
}

/** One nonce, RFC 7616 with MD5: enough to see that a client answers a challenge. */
function digest(request: IncomingMessage, response: ServerResponse): void {
  const md5 = (text: string): string => createHash("md5").update(text).digest("hex");
  const given = request.headers.authorization ?? "";
  const part = (name: string): string => new RegExp(`${name}="?([^",]+)`).exec(given)?.[1] ?? "";
  const ha1 = md5("user:realm:pass");
  const ha2 = md5(`GET:${part("uri")}`);
  const middle = part("qop") === "" ? "" : `${part("nc")}:${part("cnonce")}:${part("qop")}:`;
  const sound = part("response") === md5(`${ha1}:n1:${middle}${ha2}`);
  if (sound) {
    response.end("in");
    return;
  }
  response.statusCode = 401;
  response.setHeader("www-authenticate", 'Digest realm="realm", nonce="n1", qop="auth"');
  response.end();
}
