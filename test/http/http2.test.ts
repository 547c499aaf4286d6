import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, createServer } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import { makeCertificate } from "../../src/demo/certificate.js";
import type { HttpClient } from "../../src/http/client.js";
import { http2Server, rawHttp2Server } from "./http2-server.js";
import { get, makeClient } from "./server.js";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function client(settings: Parameters<typeof makeClient>[0] = {}): HttpClient {
  const made = makeClient({ insecureSkipTlsVerify: true, ...settings });
  closers.push(() => made.close());
  return made;
}

async function serve(...given: Parameters<typeof http2Server>) {
  const server = await http2Server(...given);
  closers.push(server.close);
  return server;
}

const settingsFrame = [0, 0, 0, 4, 0, 0, 0, 0, 0];
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe("HTTP/2", () => {
  test("is spoken where the server agrees to it, over a trusted certificate", async () => {
    const server = await serve((stream) => {
      stream.respond({ ":status": 404, "x-made-up": "Zoë", "set-cookie": ["a=1", "b=2"] });
      stream.end("not here");
    });
    const own = client({ insecureSkipTlsVerify: false, ca: server.ca });
    const exchange = await get(own, `${server.url}/a?b=c`);
    expect(exchange).toMatchObject({ error: null, status: 404, proto: "HTTP/2.0", statusText: "404 Not Found" });
    expect(exchange).toMatchObject({ remoteIp: "127.0.0.1", remotePort: server.port, tlsVersion: "tls1.3" });
    expect(exchange.tlsCipher).toMatch(/^TLS_(AES|CHACHA20)_/);
    expect(exchange.body.toString()).toBe("not here");
    expect(exchange.headers.get("Set-Cookie")).toEqual(["a=1", "b=2"]);
    expect(exchange.header("X-Made-Up")).toBeDefined();
    expect(exchange.hasSetCookie).toBe(true);
  });

  test("is neither offered where it is switched off nor forced on a server of HTTP/1.1", async () => {
    const server = createHttpsServer(makeCertificate(1), (_request, response) => response.end("x"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closers.push(() => {
      server.closeAllConnections();
      server.close();
    });
    const old = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect((await get(client(), old)).proto).toBe("HTTP/1.1");
    const both = await serve((stream) => stream.respond({ ":status": 200 }, { endStream: true }), { allowHTTP1: true });
    expect((await get(client(), both.url)).proto).toBe("HTTP/2.0");
    expect((await get(client({ http2: false }), both.url)).proto).toBe("HTTP/1.1");
  });

  test("a first batch to an HTTP/1.1 server gets a connection each, as ever", async () => {
    const server = createHttpsServer(
      makeCertificate(1),
      (_request, response) => void setTimeout(() => response.end("x"), 50),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closers.push(() => {
      server.closeAllConnections();
      server.close();
    });
    const own = client();
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const all = await Promise.all(Array.from({ length: 5 }, () => get(own, url)));
    expect(all.map(({ error, status }) => error ?? status)).toEqual([200, 200, 200, 200, 200]);
    expect(own.connectionCount).toBe(5);
  });

  test("sends one head per request: lower case, UTF-8, and nothing that belongs to HTTP/1.1", async () => {
    let seen: Record<string, string> = {};
    const server = await serve((stream, headers) => {
      seen = headers;
      stream.respond({ ":status": 200 }, { endStream: true });
    });
    const lines =
      "User-Agent: x/1\r\nX-Own: a: b\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\nTe: trailers\r\n";
    const exchange = await get(client(), `${server.url}/p?q=1`, {
      headerLines: lines,
      host: "shop.test",
      method: "POST",
    });
    expect(exchange.error).toBeNull();
    expect(seen).toMatchObject({ ":method": "POST", ":path": "/p?q=1", ":authority": "shop.test", ":scheme": "https" });
    expect(seen).toMatchObject({ "user-agent": "x/1", "x-own": "a: b", te: "trailers", "content-length": "0" });
    expect(seen.connection ?? seen["transfer-encoding"]).toBeUndefined();
  });

  test.each([
    ["text", "naïve Ζεύς"],
    ["large bytes", new Uint8Array(3_000_000).fill(200)],
  ])("carries %s there and back", async (_name, body) => {
    const server = await serve((stream, headers) => {
      stream.respond({ ":status": 200, "x-length": headers["content-length"] });
      stream.pipe(stream);
    });
    const exchange = await get(client(), server.url, { method: "POST", body });
    expect(exchange.error).toBeNull();
    expect(Buffer.compare(exchange.body, Buffer.from(body as string))).toBe(0);
    expect(exchange.header("X-Length")).toBe(String(Buffer.byteLength(body as string)));
    expect(exchange.sentBytes).toBeGreaterThan(Buffer.byteLength(body as string));
    expect(exchange.receivedBytes).toBeGreaterThan(Buffer.byteLength(body as string));
  });

  test("requests at once share one connection, from the first batch on", async () => {
    const server = await serve(
      (stream) => void setTimeout(() => stream.respond({ ":status": 200 }, { endStream: true }), 30),
    );
    const own = client();
    for (let i = 0; i < 2; i += 1) {
      const all = await Promise.all(Array.from({ length: 20 }, () => get(own, server.url)));
      expect(all.every(({ status }) => status === 200)).toBe(true);
    }
    expect(server.sessions).toHaveLength(1);
    expect(own.connectionCount).toBe(1);
  });

  test("another connection is opened where the server limits the streams of one", async () => {
    let most = 0;
    let under = 0;
    const server = await serve(
      (stream) => {
        under += 1;
        most = Math.max(most, under);
        setTimeout(() => {
          under -= 1;
          stream.respond({ ":status": 200 }, { endStream: true });
        }, 60);
      },
      { settings: { maxConcurrentStreams: 2 } },
    );
    const own = client();
    await get(own, server.url);
    const all = await Promise.all(Array.from({ length: 6 }, () => get(own, server.url)));
    expect(all.map(({ error, status }) => error ?? status)).toEqual(Array.from({ length: 6 }, () => 200));
    // A third where the second is full before the first is free again.
    expect([2, 3]).toContain(server.sessions.length);
    expect(most).toBeGreaterThan(2);
  });

  test("parts of the time show where it went, and only the first request pays for the connection", async () => {
    const server = await serve((stream) => {
      setTimeout(() => {
        stream.respond({ ":status": 200 });
        stream.write("a");
        setTimeout(() => stream.end("b"), 60);
      }, 60);
    });
    const own = client();
    const first = await get(own, server.url);
    expect(first.connectingMs + first.tlsHandshakingMs).toBeGreaterThan(0);
    expect(first.blockedMs).toBeGreaterThanOrEqual(first.connectingMs + first.tlsHandshakingMs);
    expect(first.waitingMs).toBeGreaterThan(50);
    expect(first.durationMs).toBeGreaterThan(110);
    expect(first.sendingMs + first.waitingMs + first.receivingMs).toBeCloseTo(first.durationMs, 6);
    const second = await get(own, server.url);
    expect([second.connectingMs, second.tlsHandshakingMs, second.reused]).toEqual([0, 0, true]);
    expect(second.blockedMs).toBeLessThan(50);
  });

  test("bodies are decoded, discarded and limited", async () => {
    const server = await serve((stream, headers) => {
      if (headers[":path"] === "/gzip") {
        stream.respond({ ":status": 200, "content-encoding": "gzip" });
        stream.end(gzipSync("unpacked"));
      } else {
        stream.respond({ ":status": 200 });
        stream.end(Buffer.alloc(200_000));
      }
    });
    const own = client({ maxBodyBytes: 100_000 });
    expect((await get(own, `${server.url}/gzip`)).body.toString()).toBe("unpacked");
    const discarded = await get(own, server.url, { discardBody: true });
    expect([discarded.error, discarded.body.length]).toEqual([null, 0]);
    expect(discarded.receivedBytes).toBeGreaterThan(200_000);
    expect((await get(own, server.url)).error).toMatchObject({ code: 1000 });
    expect((await get(own, `${server.url}/gzip`)).error).toBeNull();
    expect((await get(own, `${server.url}/gzip`, { method: "HEAD" })).body.length).toBe(0);
    expect(server.sessions).toHaveLength(1);
  });

  test("keepAlive off and Connection: close end the connection with the exchange", async () => {
    const server = await serve((stream) => stream.respond({ ":status": 200 }, { endStream: true }));
    const single = client({ keepAlive: false });
    await Promise.all([get(single, server.url), get(single, server.url)]);
    expect(server.sessions).toHaveLength(2);
    expect(single.connectionCount).toBe(0);
    const own = client();
    await get(own, server.url, { headerLines: "Connection: close\r\n" });
    expect(own.connectionCount).toBe(0);
  });

  test("an idle connection is closed in the end, and closeIdle leaves what is under way", async () => {
    const server = await serve(
      (stream) => void setTimeout(() => stream.respond({ ":status": 200 }, { endStream: true }), 50),
    );
    const short = client({ idleTimeoutMs: 40 });
    await get(short, server.url);
    await pause(120);
    expect(short.connectionCount).toBe(0);
    const own = client();
    const under = get(own, server.url);
    await pause(30);
    own.closeIdle();
    expect((await under).status).toBe(200);
    own.closeIdle();
    expect(own.connectionCount).toBe(0);
  });
});

describe("a fault of HTTP/2", () => {
  test.each([
    [1, 1632],
    [2, 1633],
    [8, 1639],
    [11, 1642],
    [13, 1644],
    [99, 1630],
  ])("a stream reset with %i has k6's code %i, and the connection goes on", async (reset, code) => {
    const server = await serve((stream, headers) => {
      if (headers[":path"] === "/reset") stream.close(reset);
      else stream.respond({ ":status": 200 }, { endStream: true });
    });
    const own = client();
    const exchange = await get(own, `${server.url}/reset`);
    expect(exchange).toMatchObject({ status: 0, error: { code, ownFault: false } });
    expect((await get(own, server.url)).status).toBe(200);
    expect(server.sessions).toHaveLength(1);
  });

  test("a stream reset in the middle of its body is an error of the exchange", async () => {
    const server = await serve((stream) => {
      stream.respond({ ":status": 200 });
      stream.write("part", () => stream.destroy(new Error("cut")));
    });
    const exchange = await get(client(), server.url);
    expect(exchange).toMatchObject({ status: 0, error: { code: 1633 } });
    expect(exchange.body.length).toBe(0);
  });

  test("a refused stream is sent once more, whatever its method, and then it is an error", async () => {
    let times = 0;
    const server = await serve((stream) => {
      times += 1;
      if (times === 1 || times > 2) stream.close(7);
      else stream.respond({ ":status": 200 }, { endStream: true });
    });
    const own = client();
    const first = await get(own, server.url, { method: "POST", body: "x" });
    expect([first.status, first.retried]).toEqual([200, true]);
    expect((await get(own, server.url)).error?.code).toBe(1638);
    expect(times).toBe(4);
  });

  test.each([
    [1, 1612],
    [11, 1622],
    [99, 1610],
  ])("GOAWAY with %i has k6's code %i, and the next request gets a new connection", async (away, code) => {
    const server = await serve((stream, headers) => {
      if (headers[":path"] === "/away") stream.session?.goaway(away);
      else stream.respond({ ":status": 200 }, { endStream: true });
    });
    const own = client();
    expect((await get(own, `${server.url}/away`)).error?.code).toBe(code);
    expect(own.connectionCount).toBe(0);
    expect((await get(own, server.url)).status).toBe(200);
    expect(server.sessions).toHaveLength(2);
  });

  test("GOAWAY without an error lets what is under way end, and takes nothing new", async () => {
    const server = await serve((stream) => {
      stream.session?.goaway(0, stream.id);
      setTimeout(() => {
        stream.respond({ ":status": 200 });
        stream.end("whole");
      }, 60);
    });
    const own = client();
    const under = get(own, server.url);
    await pause(40);
    const next = get(own, server.url);
    expect((await under).body.toString()).toBe("whole");
    expect((await next).body.toString()).toBe("whole");
    expect(server.sessions).toHaveLength(2);
    await pause(30);
    expect(own.connectionCount).toBe(0);
  });

  test("a connection that goes away before the answer is told from one that only closes", async () => {
    const server = await serve((stream, headers) => {
      const { session } = stream;
      if (headers[":path"] === "/away") session?.goaway(0, stream.id);
      setTimeout(() => session?.socket.destroySoon(), 30);
    });
    expect((await get(client(), `${server.url}/away`, { method: "POST" })).error?.code).toBe(1611);
    expect((await get(client(), server.url, { method: "POST" })).error?.code).toBe(1000);
  });

  test("a kept connection that died is replaced for a GET, and is an error for a POST", async () => {
    for (const [method, outcome] of [
      ["GET", 200],
      ["POST", 1000],
    ] as const) {
      let times = 0;
      const server = await serve((stream) => {
        times += 1;
        if (times === 2) stream.session?.destroy();
        else stream.respond({ ":status": 200 }, { endStream: true });
      });
      const own = client();
      await get(own, server.url, { method });
      const second = await get(own, server.url, { method });
      const found = second.error?.code ?? second.status;
      // Node's server says goodbye with GOAWAY as it is destroyed.
      expect(method === "POST" && found === 1611 ? 1000 : found, method).toBe(outcome);
    }
  });

  test.each([
    ["garbage instead of frames", Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n")],
    ["headers on a stream that nobody opened", Buffer.from([...settingsFrame, 0, 0, 1, 1, 5, 0, 0, 0, 9, 0x88])],
  ])("%s is a connection error", async (_name, bytes) => {
    const server = await rawHttp2Server((socket) => socket.once("data", () => void socket.write(bytes)));
    closers.push(server.close);
    const own = client();
    const exchange = await get(own, server.url);
    expect(exchange.error).toMatchObject({ code: 1652, ownFault: false });
    await pause(20);
    expect(own.connectionCount).toBe(0);
  });

  test("a connection that answers no ping is not used again after two timeouts", async () => {
    let connections = 0;
    // A header block that cannot be read: Node gives the connection up, and tells nobody.
    const broken = Buffer.from([...settingsFrame, 0, 0, 2, 1, 4, 0, 0, 0, 1, 255, 255]);
    const server = await rawHttp2Server((socket) => {
      connections += 1;
      socket.once("data", () => void socket.write(broken));
    });
    closers.push(server.close);
    const own = client();
    for (let i = 0; i < 3; i += 1) await get(own, server.url, { timeoutMs: 400 });
    expect(connections).toBe(2);
  });

  test("a reset of the socket has TCP's code", async () => {
    const server = await rawHttp2Server((socket, reset) => {
      socket.write(Buffer.from(settingsFrame));
      socket.once("data", reset);
    });
    closers.push(server.close);
    const exchange = await get(client(), server.url);
    expect(exchange.error?.code).toBe(1220);
  });

  test("a server that never answers is a timeout of the request alone", async () => {
    const server = await serve((stream, headers) => {
      if (headers[":path"] === "/ok") stream.respond({ ":status": 200 }, { endStream: true });
    });
    const own = client();
    await get(own, `${server.url}/ok`);
    const exchange = await get(own, server.url, { timeoutMs: 200 });
    expect(exchange.error?.code).toBe(1050);
    expect(exchange.waitingMs).toBeGreaterThan(150);
    expect((await get(own, `${server.url}/ok`)).status).toBe(200);
    expect(server.sessions).toHaveLength(1);
  });

  test("a request that waits for another's connection has its own timeout, and can be aborted", async () => {
    const mute = createServer(() => {});
    await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
    closers.push(() => mute.close());
    const url = `https://127.0.0.1:${(mute.address() as AddressInfo).port}`;
    const own = client();
    const slow = get(own, url, { timeoutMs: 4000 }).catch((reason: Error) => reason.message);
    const hasty = await get(own, url, { timeoutMs: 60 });
    expect(hasty.error?.code).toBe(1050);
    const third = get(own, url).catch((reason: Error) => reason.message);
    own.abortAll(new Error("enough"));
    expect(await Promise.all([slow, third])).toEqual(["enough", "enough"]);
    expect(own.connectionCount).toBe(0);
  });

  test("those who waited for a connection that failed try for themselves", async () => {
    const server = await serve((stream) => stream.respond({ ":status": 200 }, { endStream: true }));
    server.close();
    const own = client();
    const all = await Promise.all([get(own, server.url), get(own, server.url), get(own, server.url)]);
    expect(all.map(({ error }) => error?.code)).toEqual([1212, 1212, 1212]);
    expect(own.connectionCount).toBe(0);
  });

  test("aborting ends what is under way and keeps the connection; closing leaves nothing", async () => {
    const server = await serve((stream, headers) => {
      if (headers[":path"] === "/ok") stream.respond({ ":status": 200 }, { endStream: true });
    });
    const own = client();
    await get(own, `${server.url}/ok`);
    const under = Promise.allSettled([get(own, server.url), get(own, server.url)]);
    await pause(20);
    own.abortAll(new Error("cut"));
    expect((await under).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect((await get(own, `${server.url}/ok`)).reused).toBe(true);
    own.close();
    expect(own.connectionCount).toBe(0);
  });

  test("headers that HTTP/2 cannot carry are an error of the exchange, not a crash", async () => {
    const server = await serve((stream) => stream.respond({ ":status": 200 }, { endStream: true }));
    const own = client();
    expect((await get(own, server.url, { method: "CONNECT" })).error?.code).toBe(1000);
    expect((await get(own, server.url)).status).toBe(200);
  });

  test("three hundred failures leave no connection behind", async () => {
    const server = await serve((stream, headers) => {
      const kind = Number(headers[":path"]!.slice(1)) % 3;
      if (kind === 0) stream.close(2);
      else if (kind === 1) stream.session?.goaway(11);
      else stream.session?.destroy();
    });
    const own = client();
    for (let i = 0; i < 300; i += 10) {
      const all = await Promise.all(
        Array.from({ length: 10 }, (_, at) => get(own, `${server.url}/${i + at}`, { method: "POST" })),
      );
      for (const { error } of all) expect(error?.code).toBeGreaterThanOrEqual(1000);
    }
    own.close();
    expect(own.connectionCount).toBe(0);
  });
});
