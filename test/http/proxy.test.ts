import { createServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import {
  type AddressInfo,
  connect as createConnectionTo,
  createServer as createRawServer,
  type Socket,
} from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { makeCertificate } from "../../src/demo/certificate.js";
import { Blocked } from "../../src/http/blocked.js";
import type { HttpClient } from "../../src/http/client.js";
import { proxiesOf } from "../../src/http/proxy.js";
import { parseUrl } from "../../src/http/url.js";
import { startProxy } from "./forward-proxy.js";
import { http2Server } from "./http2-server.js";
import { get, makeClient } from "./server.js";
import { startSocks } from "./socks-proxy.js";

const closers: (() => unknown)[] = [];
afterEach(() => {
  for (const close of closers.splice(0).reverse()) close();
});

function client(env: Record<string, string>, settings: Parameters<typeof makeClient>[0] = {}): HttpClient {
  const proxies = proxiesOf(env);
  const made = makeClient({ insecureSkipTlsVerify: true, ...(proxies === undefined ? {} : { proxies }), ...settings });
  closers.push(() => made.close());
  return made;
}

async function proxy(credentials?: string) {
  const started = await startProxy(credentials);
  closers.push(started.close);
  return started;
}

async function plainTarget(): Promise<number> {
  const server = createServer((request, response) => {
    response.end(
      `${request.method} ${request.url} ${request.headers.host} ${request.headers["proxy-authorization"] ?? "-"}`,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

describe("which requests go through a proxy", () => {
  const env = { HTTP_PROXY: "http://plain.proxy:3128", https_proxy: "https.proxy" };
  test.each([
    ["http://shop.test/", "", "http://plain.proxy:3128"],
    ["https://shop.test/", "", "http://https.proxy"],
    ["http://localhost:8080/", "", undefined],
    ["http://127.1.2.3/", "", undefined],
    ["http://[::1]/", "", undefined],
    ["http://shop.test/", "*", undefined],
    ["http://shop.test/", "shop.test", undefined],
    ["http://api.shop.test/", "shop.test", undefined],
    ["http://myshop.test/", "shop.test", "http://plain.proxy:3128"],
    ["http://shop.test/", ".shop.test", "http://plain.proxy:3128"],
    ["http://api.shop.test/", ".shop.test", undefined],
    ["http://api.shop.test/", "*.SHOP.test", undefined],
    ["http://shop.test:8080/", "a.test, shop.test:8080", undefined],
    ["http://shop.test:8081/", "shop.test:8080", "http://plain.proxy:3128"],
    ["https://shop.test/", "shop.test:443", undefined],
    ["http://10.1.2.3/", "10.0.0.0/8", undefined],
    ["http://11.1.2.3/", "10.0.0.0/8", "http://plain.proxy:3128"],
    ["http://10.1.2.3/", "10.1.2.3", undefined],
    ["http://10.1.2.3:81/", "10.1.2.3:80", "http://plain.proxy:3128"],
    ["http://[fd00::1]/", "fd00::1", undefined],
    ["http://[fd00::1]:81/", "[fd00::1]:81", undefined],
    ["http://[fd00::1]/", "fd00::/8", undefined],
    ["http://shop.test/", "10.0.0.0/99,:80,.,,", "http://plain.proxy:3128"],
  ])("%s with NO_PROXY=%s goes to %s", (url, without, through) => {
    expect(proxiesOf({ ...env, NO_PROXY: without })!.proxyFor(parseUrl(url)!)?.shown).toBe(through);
    expect(proxiesOf({ ...env, no_proxy: without })!.proxyFor(parseUrl(url)!)?.shown).toBe(through);
  });

  test("upper case goes before lower case, an empty variable names none, and so does no variable", () => {
    const both = proxiesOf({ HTTP_PROXY: "upper:1", http_proxy: "lower:2" });
    expect(both!.proxyFor(parseUrl("http://a.test/")!)?.shown).toBe("http://upper:1");
    expect(both!.proxyFor(parseUrl("https://a.test/")!)).toBeUndefined();
    expect(proxiesOf({ HTTP_PROXY: "", http_proxy: " " })).toBeUndefined();
    expect(proxiesOf({ NO_PROXY: "*" })).toBeUndefined();
  });

  test.each([
    ["socks4://user:secret@proxy:1080", "proxy.scheme-unknown"],
    [`socks5://user:secret${"x".repeat(255)}@proxy:1080`, "proxy.credentials-too-long"],
    ["http://user:se/cret@proxy", "proxy.url-invalid"],
    ["http://", "proxy.url-invalid"],
  ])("%s is refused without showing it", (value, code) => {
    let refused: unknown;
    try {
      proxiesOf({ HTTPS_PROXY: value });
    } catch (problem) {
      refused = problem;
    }
    expect(refused).toMatchObject({ code });
    expect(JSON.stringify(refused)).not.toMatch(/se\/?cret/);
  });
});

describe("a plain request", () => {
  test("goes to the proxy with its whole URL, and its connection is kept", async () => {
    const through = await proxy();
    const port = await plainTarget();
    const proxied: string[] = [];
    const own = client({ HTTP_PROXY: `127.0.0.1:${through.port}` }, { onProxied: ({ shown }) => proxied.push(shown) });
    const exchange = await get(own, `http://shop.test:${port}/a#b`, { method: "POST", body: "x" });
    expect(exchange.error).toBeNull();
    expect(exchange.body.toString()).toBe(`POST /a shop.test:${port} -`);
    expect(exchange).toMatchObject({ remoteIp: "127.0.0.1", remotePort: through.port, tlsVersion: "" });
    expect(through.seen[0]!.line).toBe(`POST http://shop.test:${port}/a`);
    expect((await get(own, `http://shop.test:${port}/a`)).reused).toBe(true);
    expect(proxied).toEqual([`http://127.0.0.1:${through.port}`]);
  });

  test("carries the credentials to the proxy, and they go no further", async () => {
    const through = await proxy("me:p@ss");
    const port = await plainTarget();
    const own = client({ http_proxy: `http://me:p%40ss@127.0.0.1:${through.port}` });
    const exchange = await get(own, `http://shop.test:${port}/`);
    expect(exchange.body.toString()).toBe(`GET / shop.test:${port} -`);
    expect(exchange.request.headerLines).toBe("");
    const stranger = client({ http_proxy: `http://127.0.0.1:${through.port}` });
    // To a plain request the proxy's refusal is an answer as any other, in k6 too.
    expect((await get(stranger, `http://shop.test:${port}/`)).status).toBe(407);
  });

  test("to what is blocked goes nowhere, and to this machine itself goes straight", async () => {
    const through = await proxy();
    const port = await plainTarget();
    const env = { HTTP_PROXY: `127.0.0.1:${through.port}` };
    const own = client(env, { blocked: new Blocked([], ["shop.test"]) });
    expect((await get(own, `http://shop.test:${port}/`)).error?.code).toBe(1111);
    expect((await get(own, `http://127.0.0.1:${port}/`)).status).toBe(200);
    expect(through.seen).toHaveLength(0);
  });
});

describe("a SOCKS5 proxy", () => {
  async function socks(credentials?: string, reply?: number) {
    const started = await startSocks(credentials, reply);
    closers.push(started.close);
    return started;
  }

  test("opens a way for plain requests, with names left to it, and the connection is kept", async () => {
    const through = await socks();
    const port = await plainTarget();
    const own = client({ HTTP_PROXY: `socks5://127.0.0.1:${through.port}` });
    const exchange = await get(own, `http://shop.test:${port}/a`, { method: "POST", body: "x" });
    expect(exchange).toMatchObject({ error: null, remotePort: through.port });
    expect(exchange.body.toString()).toBe(`POST /a shop.test:${port} -`);
    expect((await get(own, `http://shop.test:${port}/b`)).reused).toBe(true);
    expect(through.seen).toEqual([`>shop.test:${port}`]);
  });

  test("asks for a user and password, and then for TLS with the server", async () => {
    const through = await socks("me:p@ss");
    const server = await http2Server((stream) => stream.respond({ ":status": 200 }, { endStream: true }));
    closers.push(server.close);
    const own = client({ HTTPS_PROXY: `socks5h://me:p%40ss@127.0.0.1:${through.port}` });
    const exchange = await get(own, `https://shop.test:${server.port}/`);
    expect(exchange).toMatchObject({ error: null, status: 200, proto: "HTTP/2.0" });
    expect(through.seen).toEqual([`me>shop.test:${server.port}`]);
  });

  test.each([
    ["10.1.2.3", "0a010203"],
    ["[fd00::1:2]", "fd000000000000000000000000010002"],
    ["[::ffff:10.1.2.3]", "00000000000000000000ffff0a010203"],
  ])("is told the address %s as its bytes", async (host, bytes) => {
    const through = await socks(undefined, 5);
    const own = client({ HTTP_PROXY: `socks5://127.0.0.1:${through.port}` });
    const exchange = await get(own, `http://${host}:8080/`);
    expect(through.seen).toEqual([`>${bytes}:8080`]);
    expect(exchange.error!.message).toContain("connection refused");
  });

  test.each([
    ["me:secret", "socks5://me:wrong@", "refused the user name or password"],
    ["me:secret", "socks5://", "asks for a way to log in that was not offered"],
  ])("that wants %s refuses %s, and says so without credentials", async (credentials, scheme, text) => {
    const through = await socks(credentials);
    const own = client({ HTTP_PROXY: `${scheme}127.0.0.1:${through.port}` });
    const exchange = await get(own, "http://shop.test:9/");
    expect(exchange).toMatchObject({ status: 0, error: { ownFault: false } });
    expect(exchange.error!.message).toContain(text);
    expect(exchange.error!.message).not.toContain("wrong");
    expect(own.connectionCount).toBe(0);
  });

  test("is not what speaks HTTP", async () => {
    const port = await plainTarget();
    const own = client({ HTTP_PROXY: `socks5://127.0.0.1:${port}` });
    expect((await get(own, "http://shop.test/")).error!.message).toMatch(/does not speak SOCKS5|closed the connection/);
  });

  test("listens on port 1080 unless it says otherwise", () => {
    const rules = proxiesOf({ HTTP_PROXY: "socks5://inner.proxy" })!;
    expect(rules.proxyFor(parseUrl("http://a.test/")!)!.shown).toBe("socks5://inner.proxy:1080");
  });
});

describe("a request with TLS", () => {
  test.each([
    ["HTTP/1.1", false],
    ["HTTP/2.0", true],
  ])("goes through a tunnel, over %s", async (proto, http2) => {
    const through = await proxy("me:secret");
    const server = await http2Server((stream) => stream.respond({ ":status": 200 }, { endStream: true }), {
      allowHTTP1: true,
    });
    closers.push(server.close);
    const own = client({ HTTPS_PROXY: `http://me:secret@127.0.0.1:${through.port}` }, { http2 });
    const url = `https://shop.test:${server.port}/`;
    const first = await get(own, url);
    expect(first).toMatchObject({ error: null, status: 200, proto, tlsVersion: "tls1.3", remotePort: through.port });
    expect(first.tlsHandshakingMs).toBeGreaterThan(0);
    expect((await get(own, url)).reused).toBe(true);
    expect(through.seen.map(({ line }) => line)).toEqual([`CONNECT shop.test:${server.port}`]);
    own.closeIdle();
    // With the ticket of the first.
    expect((await get(own, url)).status).toBe(200);
  });

  test("goes through a proxy that is reached by TLS itself", async () => {
    const server = await http2Server((stream) => stream.respond({ ":status": 200 }, { endStream: true }));
    closers.push(server.close);
    const relay = createHttpsServer(makeCertificate(1));
    relay.on("connect", (_request, socket) => {
      const onward = createConnectionTo(server.port);
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      socket
        .on("error", () => {})
        .pipe(onward.on("error", () => {}))
        .pipe(socket);
    });
    await new Promise<void>((resolve) => relay.listen(0, "127.0.0.1", resolve));
    closers.push(() => {
      relay.closeAllConnections();
      relay.close();
    });
    const own = client({ HTTPS_PROXY: `https://127.0.0.1:${(relay.address() as AddressInfo).port}` });
    const exchange = await get(own, `https://shop.test:${server.port}/`);
    expect(exchange).toMatchObject({ error: null, status: 200, proto: "HTTP/2.0" });
  });

  test("a tunnel that is refused is an error that says why, without credentials", async () => {
    const through = await proxy("me:secret");
    const own = client({ HTTPS_PROXY: `http://me:wrong@127.0.0.1:${through.port}` });
    const exchange = await get(own, "https://shop.test:9/");
    expect(exchange).toMatchObject({ status: 0, error: { code: 1000, ownFault: false } });
    expect(exchange.error!.message).toContain("407 Proxy Authentication Required");
    expect(exchange.error!.message).not.toMatch(/wrong|me:/);
    const right = client({ HTTPS_PROXY: `http://me:secret@127.0.0.1:${through.port}` });
    expect((await get(right, "https://shop.test:9/")).error!.message).toContain("502 Bad Gateway");
    expect(own.connectionCount + right.connectionCount).toBe(0);
  });

  test.each([
    ["closes", (socket: Socket) => void socket.end(), 1000],
    ["answers nonsense", (socket: Socket) => void socket.write("hello\r\n\r\n"), 1000],
    ["speaks before the server", (socket: Socket) => void socket.write("HTTP/1.1 200 OK\r\n\r\nxx"), 1000],
    ["resets", (socket: Socket) => void socket.resetAndDestroy(), 1200],
    ["is silent", () => {}, 1050],
  ])("a proxy that %s is an error of the exchange", async (_name, act, code) => {
    const server = createRawServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => act(socket));
      closers.push(() => socket.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closers.push(() => server.close());
    const own = client({ HTTPS_PROXY: `127.0.0.1:${(server.address() as AddressInfo).port}` });
    const exchange = await get(own, "https://shop.test/", { timeoutMs: 200 });
    expect(exchange.error).toMatchObject({ code });
    expect(own.connectionCount).toBe(0);
  });

  test("a proxy that is not there has k6's code for it, and so has one without a name", async () => {
    const through = await startProxy();
    through.close();
    const own = client({ HTTPS_PROXY: `127.0.0.1:${through.port}`, HTTP_PROXY: "http://no-such-proxy.invalid" });
    const gone = await get(own, "https://shop.test/");
    expect(gone.error).toMatchObject({ code: 1200 });
    expect(gone.error!.message).toContain(`proxy http://127.0.0.1:${through.port} cannot be reached`);
    expect((await get(own, "http://shop.test/")).error).toMatchObject({ code: 1200 });
  });
});
