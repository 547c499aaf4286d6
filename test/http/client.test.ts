import { readFileSync } from "node:fs";
import { createServer as createHttpServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, createServer as createRawServer, type Socket } from "node:net";
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import type { HttpClient } from "../../src/http/client.js";
import { mappedHost } from "../../src/http/resolver.js";
import { parseUrl, resolveUrl } from "../../src/http/url.js";
import { get, makeClient, type RawServer, rawServer } from "./server.js";

const fixture = (name: string): string => readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url), "utf8");
const ca = fixture("ca.pem");
const closers: (() => void)[] = [];

afterEach(() => {
  for (const close of closers.splice(0)) close();
});

function client(...settings: Parameters<typeof makeClient>): HttpClient {
  const made = makeClient(...settings);
  closers.push(() => made.close());
  return made;
}

async function listen(server: Server, scheme: string): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const serve = (listener: RequestListener): Promise<string> => listen(createHttpServer(listener), "http");
const serveTls = (certificate: string, maxVersion: "TLSv1.2" | "TLSv1.3" = "TLSv1.3"): Promise<string> =>
  listen(
    createHttpsServer(
      { cert: fixture(certificate), key: fixture("server-key.pem"), maxVersion },
      (_request, response) => response.end("secret"),
    ) as unknown as Server,
    "https",
  );

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

describe("the client", () => {
  test("keeps its connection from one request to the next", async () => {
    const ports = new Set<number>();
    const url = await serve((request, response) => {
      ports.add(request.socket.remotePort!);
      response.end("x");
    });
    const own = client();
    const first = await get(own, url);
    const second = await get(own, url);
    expect([first.reused, second.reused]).toEqual([false, true]);
    expect(ports.size).toBe(1);
    expect(second.connectingMs).toBe(0);
    expect(second.blockedMs).toBeLessThan(5);
  });

  test("opens as many connections as there are requests at once, and keeps them", async () => {
    const url = await serve((_request, response) => void setTimeout(() => response.end("x"), 20));
    const own = client();
    await Promise.all(Array.from({ length: 10 }, () => get(own, url)));
    expect(own.connectionCount).toBe(10);
    await Promise.all(Array.from({ length: 10 }, () => get(own, url)));
    expect(own.connectionCount).toBe(10);
  });

  test("keeps no connection where keepAlive is off", async () => {
    const url = await serve((_request, response) => response.end("x"));
    const own = client({ keepAlive: false });
    await get(own, url);
    expect(own.connectionCount).toBe(0);
  });

  test.each([
    ["ASCII text", "a=1&b=2"],
    ["other text", "naïve Ζεύς 🚢"],
    ["bytes", new Uint8Array([0, 255, 13, 10, 13, 10])],
    ["large ASCII text", "x".repeat(300_000)],
    ["large other text", "é".repeat(300_000)],
    ["large bytes", new Uint8Array(300_000).fill(200)],
    ["nothing", ""],
  ])("sends a body of %s whole", async (_name, body) => {
    let length: string | undefined;
    const url = await serve(async (request, response) => {
      length = request.headers["content-length"];
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      response.end(Buffer.concat(chunks));
    });
    const own = client();
    for (let i = 0; i < 2; i += 1) {
      const exchange = await get(own, url, { method: "POST", body });
      expect(exchange.error).toBeNull();
      expect(Buffer.compare(exchange.body, Buffer.from(body as string))).toBe(0);
      expect(length).toBe(String(Buffer.byteLength(body as string)));
      expect(exchange.reused).toBe(i === 1);
    }
  });

  test("sends the request line and headers exactly once and in order", async () => {
    let seen = "";
    const server: RawServer = await rawServer((socket, text) => {
      seen += text;
      socket.write("HTTP/1.1 204 No Content\r\n\r\n");
    });
    closers.push(() => void server.close());
    const exchange = await get(client(), `${server.url}/a%20b?c=d#e`, { headerLines: "X-A: 1\r\n", host: "shop.test" });
    expect(seen).toBe("GET /a%20b?c=d HTTP/1.1\r\nHost: shop.test\r\nX-A: 1\r\n\r\n");
    expect(exchange.sentBytes).toBe(seen.length);
    expect(exchange.receivedBytes).toBe("HTTP/1.1 204 No Content\r\n\r\n".length);
  });

  test.each([
    ["gzip", gzipSync],
    ["deflate", deflateSync],
    ["deflate", deflateRawSync],
    ["br", brotliCompressSync],
  ] as const)("decodes %s", async (encoding, encode) => {
    const text = "a long and dull text ".repeat(5000);
    const url = await serve((_request, response) =>
      response.setHeader("content-encoding", encoding).end(encode(Buffer.from(text))),
    );
    const exchange = await get(client(), url);
    expect(exchange.body.toString()).toBe(text);
    expect(exchange.receivedBytes).toBeLessThan(2000);
  });

  test("counts a discarded body without keeping it", async () => {
    const url = await serve((_request, response) => response.end(Buffer.alloc(5_000_000)));
    const exchange = await get(client({ maxBodyBytes: 1000 }), url, { discardBody: true });
    expect(exchange.error).toBeNull();
    expect(exchange.body.length).toBe(0);
    expect(exchange.receivedBytes).toBeGreaterThan(5_000_000);
  });

  test("reads HEAD, trailers and HTTP/1.0 from one connection after another", async () => {
    const url = await serve((request, response) => {
      if (request.url === "/trailers") {
        response.writeHead(200, { trailer: "x-sum" });
        response.write("part one, ");
        response.addTrailers({ "x-sum": "1" });
        response.end("part two");
      } else response.setHeader("content-length", "5").end("hello");
    });
    const own = client();
    expect((await get(own, url, { method: "HEAD" })).status).toBe(200);
    expect((await get(own, `${url}/trailers`)).body.toString()).toBe("part one, part two");
    expect((await get(own, url)).body.toString()).toBe("hello");
    expect(own.connectionCount).toBe(1);
  });

  test("a request that is answered early is not followed by another on its connection", async () => {
    const server = await rawServer((socket) => {
      socket.pause();
      socket.write("HTTP/1.1 413 Payload Too Large\r\nContent-Length: 0\r\n\r\n");
    });
    closers.push(() => void server.close());
    const own = client();
    const exchange = await get(own, server.url, { method: "POST", body: Buffer.alloc(20_000_000) });
    expect(exchange.status).toBe(413);
    expect(own.connectionCount).toBe(0);
  });

  test("parts of the time add up and show where it went", async () => {
    const url = await serve((_request, response) => {
      setTimeout(() => {
        response.write("x");
        setTimeout(() => response.end("y"), 40);
      }, 60);
    });
    const exchange = await get(client(), url);
    expect(exchange.waitingMs).toBeGreaterThan(55);
    expect(exchange.waitingMs).toBeLessThan(90);
    expect(exchange.receivingMs).toBeGreaterThan(35);
    expect(exchange.durationMs).toBeCloseTo(exchange.sendingMs + exchange.waitingMs + exchange.receivingMs, 6);
    expect(exchange.blockedMs + exchange.durationMs).toBeCloseTo(exchange.endMs - exchange.startMs, 6);
    expect(exchange.blockedMs).toBeGreaterThanOrEqual(exchange.connectingMs);
  });

  test("finds localhost by name and remembers it", async () => {
    const url = (await serve((_request, response) => response.end("x"))).replace("127.0.0.1", "localhost");
    expect((await get(client(), url)).remoteIp).toBe("127.0.0.1");
    expect((await get(client(), url)).lookingUpMs).toBeLessThan(1);
  });

  test("goes where the hosts option points, under the URL's own name", async () => {
    let host: string | undefined;
    const url = await serve((request, response) => {
      host = request.headers.host;
      response.end("x");
    });
    const exchange = await get(client({ hosts: { "*.shop.test": new URL(url).host } }), "http://www.shop.test/");
    expect(exchange.status).toBe(200);
    expect(host).toBe("www.shop.test");
    expect(exchange.remotePort).toBe(Number(new URL(url).port));
  });

  test("two users share nothing but the thread", async () => {
    const url = await serve(async (request, response) => response.end(await textOf(request)));
    const users = Array.from({ length: 20 }, () => client());
    const bodies = await Promise.all(
      users.flatMap((user, i) =>
        Array.from({ length: 5 }, async (_, j) => {
          const body = `${i}-${j}-`.repeat(1000);
          return (await get(user, url, { method: "POST", body })).body.toString() === body;
        }),
      ),
    );
    expect(bodies.every(Boolean)).toBe(true);
  });
});

describe("TLS", () => {
  test.each([
    ["TLSv1.2", "tls1.2"],
    ["TLSv1.3", "tls1.3"],
  ] as const)("%s: says version and cipher, and times the handshake", async (maxVersion, version) => {
    const url = await serveTls("server.pem", maxVersion);
    const own = client({ ca });
    const exchange = await get(own, url);
    expect(exchange.error).toBeNull();
    expect(exchange.body.toString()).toBe("secret");
    expect(exchange.tlsVersion).toBe(version);
    expect(exchange.tlsCipher).toMatch(/^TLS_/);
    expect(exchange.tlsHandshakingMs).toBeGreaterThan(0);
    expect(exchange.sentMs).toBeGreaterThanOrEqual(exchange.gotConnectionMs);
    expect((await get(own, url)).reused).toBe(true);
  });

  test("resumes its session on a new connection of the same user", async () => {
    let resumed = 0;
    const server = createHttpsServer({ cert: fixture("server.pem"), key: fixture("server-key.pem") }, (_q, response) =>
      response.setHeader("connection", "close").end("x"),
    );
    server.on("secureConnection", (socket) => {
      if (socket.isSessionReused()) resumed += 1;
    });
    const url = await listen(server as unknown as Server, "https");
    const own = client({ ca });
    for (let i = 0; i < 3; i += 1) expect((await get(own, url)).error).toBeNull();
    expect(resumed).toBe(2);
  });

  test.each([
    ["an unknown authority", "server.pem", undefined, 1310],
    ["an expired certificate", "expired.pem", ca, 1000],
    ["another host's certificate", "other-host.pem", ca, 1311],
  ])("%s is an error, unless the options say to skip the check", async (_name, certificate, trusted, code) => {
    const url = await serveTls(certificate);
    const trust = trusted === undefined ? {} : { ca: trusted };
    const refused = await get(client(trust), url);
    expect(refused.error?.code).toBe(code);
    expect(refused.status).toBe(0);
    expect((await get(client({ ...trust, insecureSkipTlsVerify: true }), url)).status).toBe(200);
  });

  test.each<[what: string, answer: (socket: Socket) => void, code: number]>([
    ["resets the connection", (socket) => socket.resetAndDestroy(), 1220],
    ["hangs up", (socket) => socket.end(), 1000],
    ["sends an alert", (socket) => socket.end(Buffer.from([0x15, 3, 3, 0, 2, 2, 40])), 1010],
  ])("a server that %s in the handshake has k6's code", async (_, answer, code) => {
    const server = createRawServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => answer(socket));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closers.push(() => void server.close());
    const { port } = server.address() as AddressInfo;
    expect((await get(client(), `https://127.0.0.1:${port}/`)).error?.code).toBe(code);
  });

  test("a server that speaks no TLS is an error", async () => {
    const url = await serve((_request, response) => response.end("x"));
    expect((await get(client(), url.replace("http:", "https:"))).error?.code).toBe(1301);
  });
});

describe("URLs", () => {
  test("are taken apart, credentials and fragment kept out of what is shown and sent", () => {
    expect(parseUrl("https://ann:s%40c@shop.test:8443/a/b?c=1#d")).toMatchObject({
      shown: "https://****:****@shop.test:8443/a/b?c=1#d",
      href: "https://shop.test:8443/a/b?c=1",
      hostname: "shop.test",
      port: 8443,
      host: "shop.test:8443",
      target: "/a/b?c=1",
      username: "ann",
      password: "s@c",
    });
    expect(parseUrl("http://[::1]:80/")).toMatchObject({ hostname: "::1", port: 80, ipVersion: 6, host: "[::1]" });
  });

  test.each([
    "",
    "/path",
    "shop.test",
    "ftp://shop.test",
    "http://",
    "http://a b/",
    "http://x:99999/",
    "http://CORP\\ann:pw@shop.test/",
  ])("%j is none", (text) => {
    expect(parseUrl(text)).toBeUndefined();
  });

  test("of redirects are relative to where they came from", () => {
    const base = parseUrl("http://shop.test/a/b?c")!;
    expect(resolveUrl("d", base)?.href).toBe("http://shop.test/a/d");
    expect(resolveUrl("//other.test/x", base)?.href).toBe("http://other.test/x");
    expect(resolveUrl("mailto:a@b", base)).toBeUndefined();
    const known = parseUrl("http://a%40b:p%3Aw@shop.test/a")!;
    expect(resolveUrl("/d", known)).toMatchObject({ username: "a@b", password: "p:w", host: "shop.test" });
    for (const elsewhere of ["//other.test/x", "http://other.test/", "http://shop.test/"]) {
      expect(resolveUrl(elsewhere, known)).toMatchObject({ username: "", password: "" });
    }
  });

  test.each([
    ["1.2.3.4", { address: "1.2.3.4", port: 80 }],
    ["1.2.3.4:8080", { address: "1.2.3.4", port: 8080 }],
    ["::1", { address: "::1", port: 80 }],
    ["[::1]:8080", { address: "::1", port: 8080 }],
  ])("host mapping to %s", (value, expected) => {
    expect(mappedHost({ "a.test": value }, "a.test", 80)).toEqual(expected);
    expect(mappedHost({ "a.test": value }, "b.test", 80)).toBeUndefined();
  });
});
