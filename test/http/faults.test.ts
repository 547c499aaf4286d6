import { Worker } from "node:worker_threads";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import type { HttpClient } from "../../src/http/client.js";
import { socketError } from "../../src/http/errors.js";
import type { Exchange } from "../../src/http/exchange.js";
import { get, makeClient, type RawServer, rawServer } from "./server.js";

const clients: HttpClient[] = [];
const servers: RawServer[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  for (const server of servers.splice(0)) await server.close();
});

function client(...settings: Parameters<typeof makeClient>): HttpClient {
  const made = makeClient(...settings);
  clients.push(made);
  return made;
}

async function server(...script: Parameters<typeof rawServer>): Promise<RawServer> {
  const made = await rawServer(...script);
  servers.push(made);
  return made;
}

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/** Sends one request to a server that answers with fixed bytes and may then close or reset. */
async function outcomeOf(bytes: string | Buffer, then: "keep" | "close" | "reset" = "keep"): Promise<Exchange> {
  const target = await server((socket) => {
    socket.write(bytes, "latin1", () => {
      if (then === "close") socket.end();
      // Later, so that the bytes arrive before the reset.
      if (then === "reset") setTimeout(() => socket.resetAndDestroy(), 20);
    });
  });
  const own = client();
  const exchange = await get(own, target.url);
  // A body that cannot be decoded was read to its end: the connection is sound.
  if (exchange.error !== null && exchange.error.code !== 1701)
    expect(own.connectionCount, "a failed connection is not kept").toBe(0);
  return exchange;
}

describe("a fault of the target becomes an error of the exchange:", () => {
  test("a port that refuses", async () => {
    const target = await server(() => {});
    await target.close();
    const exchange = await get(client(), target.url);
    expect(exchange.error).toMatchObject({ code: 1212, ownFault: false });
    expect(exchange.durationMs).toBe(0);
    expect(exchange.blockedMs).toBeGreaterThan(0);
  });

  test("a reset before the response", async () => {
    const target = await server((socket) => socket.resetAndDestroy());
    expect((await get(client(), target.url)).error?.code).toBe(1220);
  });

  test("a reset in the head", async () => {
    expect((await outcomeOf("HTTP/1.1 200 OK\r\nConte", "reset")).error?.code).toBe(1220);
  });

  test("a reset in the body", async () => {
    const exchange = await outcomeOf("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", "reset");
    expect(exchange.error?.code).toBe(1220);
    expect(exchange.status).toBe(0);
  });

  test.each([
    ["a malformed status line", "HTTP/1.1 abc\r\n\r\n", "keep"],
    ["another protocol", "220 mail.example ESMTP\r\n", "keep"],
    ["a body shorter than its length", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", "close"],
    ["a head that is cut off", "HTTP/1.1 200 OK\r\n", "close"],
    ["a chunked body that is cut off", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", "close"],
    ["no answer at all", "", "close"],
    ["a head without end", `HTTP/1.1 200 OK\r\n${"X-More: of this\r\n".repeat(20_000)}`, "keep"],
  ] as const)("%s", async (_name, bytes, then) => {
    const exchange = await outcomeOf(bytes, then);
    expect(exchange.error).toMatchObject({ code: 1000, ownFault: false });
    expect(exchange.error?.message).not.toBe("");
  });

  test("a body without end", async () => {
    const target = await server((socket) => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      const more = (): void => {
        if (!socket.destroyed) socket.write(Buffer.alloc(65_536), more);
      };
      more();
    });
    const exchange = await get(client({ maxBodyBytes: 1_000_000 }), target.url);
    expect(exchange.error?.code).toBe(1000);
    expect(exchange.receivedBytes).toBeLessThan(1_200_000);
  });

  test("a body that explodes when decoded", async () => {
    const bomb = gzipSync(Buffer.alloc(10_000_000));
    const head = `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`;
    const target = await server((socket) => socket.write(Buffer.concat([Buffer.from(head), bomb])));
    const exchange = await get(client({ maxBodyBytes: 1_000_000 }), target.url);
    expect(exchange.error?.code).toBe(1701);
    expect(exchange.body.length).toBe(0);
  });

  test("a body that is not in the encoding that it claims", async () => {
    const exchange = await outcomeOf("HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 4\r\n\r\nnope");
    expect(exchange.error?.code).toBe(1701);
  });

  test("a host that does not exist", async () => {
    // The reserved name never resolves; a machine without any DNS says so in another way.
    const exchange = await get(client(), "http://no-such-host.invalid/");
    expect([1100, 1101]).toContain(exchange.error?.code);
  });

  test("a hosts entry that is no address", async () => {
    const exchange = await get(client({ hosts: { "shop.test": "127.0.0.1:99999" } }), "http://shop.test/");
    expect(exchange.error?.code).toBe(1210);
  });
});

describe("time runs out within 100 ms of the deadline:", () => {
  async function timesOut(target: RawServer, timeoutMs: number): Promise<Exchange> {
    const own = client();
    const began = performance.now();
    const exchange = await get(own, target.url, { timeoutMs });
    const tookMs = performance.now() - began;
    expect(exchange.error?.code).toBe(1050);
    expect(tookMs).toBeGreaterThanOrEqual(timeoutMs);
    expect(tookMs).toBeLessThan(timeoutMs + 100);
    expect(own.connectionCount).toBe(0);
    return exchange;
  }

  test("when nothing is ever answered", async () => {
    const exchange = await timesOut(await server(() => {}), 150);
    expect(exchange.waitingMs, "the wait shows in full").toBeGreaterThan(140);
  });

  test("when the head drips in", async () => {
    const target = await server((socket) => {
      const drip = setInterval(() => socket.write("H"), 10);
      socket.write("HTTP/1.1 200 OK\r\nX-Drip: ");
      socket.on("close", () => clearInterval(drip));
    });
    await timesOut(target, 150);
  });

  test("when the body drips in", async () => {
    const target = await server((socket) => {
      const drip = setInterval(() => socket.write("x"), 10);
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
      socket.on("close", () => clearInterval(drip));
    });
    const exchange = await timesOut(target, 150);
    expect(exchange.receivingMs).toBeGreaterThan(100);
  });

  test("when TLS is never answered", async () => {
    const target = await server(() => {});
    const exchange = await get(client(), target.url.replace("http:", "https:"), { timeoutMs: 100 });
    expect(exchange.error?.code).toBe(1050);
    expect(exchange.tlsHandshakingMs).toBeGreaterThan(50);
  });

  test("when the connection cannot be opened", async () => {
    // A listener that never accepts: once its queue is full, the kernel drops further attempts.
    const worker = new Worker(
      `const net = require("node:net");
       const { parentPort } = require("node:worker_threads");
       const server = net.createServer();
       server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
         parentPort.postMessage(server.address().port);
         setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10_000));
       });`,
      { eval: true },
    );
    const port = await new Promise<number>((resolve) => worker.once("message", resolve));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const own = client({ connectTimeoutMs: 150 });
    const exchanges = await Promise.all(
      Array.from({ length: 8 }, () => get(own, `http://127.0.0.1:${port}`, { timeoutMs: 600 })),
    );
    await worker.terminate();
    const codes = exchanges.map((exchange) => exchange.error?.code);
    expect(codes).toContain(1211);
    const dialled = exchanges.find((exchange) => exchange.error?.code === 1211)!;
    expect(dialled.connectingMs).toBeGreaterThanOrEqual(150);
    expect(dialled.endMs - dialled.startMs).toBeLessThan(250);
  });
});

describe("a connection that was kept", () => {
  test("is not used again after surplus bytes", async () => {
    const target = await server((socket) => socket.write(`${ok}HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstale`));
    const own = client();
    for (let i = 0; i < 3; i += 1) {
      const exchange = await get(own, target.url);
      expect(exchange.error).toBeNull();
      expect(exchange.body.toString()).toBe("ok");
    }
    expect(target.sockets.length).toBe(3);
  });

  test("is dropped when the server speaks unasked", async () => {
    const target = await server((socket) => {
      socket.write(ok);
      setTimeout(() => socket.write(ok), 20);
    });
    const own = client();
    await get(own, target.url);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(own.connectionCount).toBe(0);
  });

  test("is dropped when the server closes it", async () => {
    const target = await server((socket) => {
      socket.write(ok);
      setTimeout(() => socket.end(), 20);
    });
    const own = client();
    await get(own, target.url);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(own.connectionCount).toBe(0);
    expect((await get(own, target.url)).error).toBeNull();
  });

  test("that the server closes as a GET is sent is replaced, once", async () => {
    const target = await server((socket, _text, read) => {
      if (read === 0) socket.write(ok);
      else socket.destroy();
    });
    const own = client();
    await get(own, target.url);
    const exchange = await get(own, target.url);
    expect(exchange.error).toBeNull();
    expect(exchange.retried).toBe(true);
    expect(target.sockets.length).toBe(2);
  });

  test("that dies under a POST is an error, for the server may have acted on it", async () => {
    const target = await server((socket, _text, read) => {
      if (read === 0) socket.write(ok);
      else socket.destroy();
    });
    const own = client();
    await get(own, target.url);
    const exchange = await get(own, target.url, { method: "POST", body: "pay=1" });
    expect(exchange.error).not.toBeNull();
    expect(target.sockets.length).toBe(1);
  });

  test("that resets each new connection is not tried for ever", async () => {
    let connections = 0;
    const target = await server(
      (socket, _text, read) => {
        if (connections === 1 && read === 0) socket.write(ok);
        else socket.resetAndDestroy();
      },
      () => {
        connections += 1;
      },
    );
    const own = client();
    await get(own, target.url);
    expect((await get(own, target.url)).error?.code).toBe(1220);
    expect(target.sockets.length).toBe(2);
  });

  test("is closed when it was idle for too long", async () => {
    const target = await server((socket) => socket.write(ok));
    const own = client({ idleTimeoutMs: 30 });
    await get(own, target.url);
    expect(own.connectionCount).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(own.connectionCount).toBe(0);
  });
});

describe("interruption", () => {
  test("rejects what is under way, whatever its state, and leaves nothing open", async () => {
    const target = await server(() => {});
    const own = client();
    const pending = [
      get(own, target.url),
      get(own, target.url.replace("http:", "https:")),
      get(own, "http://localhost:1/"),
    ];
    const settled = Promise.allSettled(pending);
    await new Promise((resolve) => setTimeout(resolve, 0));
    const first = get(own, target.url);
    const firstSettled = Promise.allSettled([first]);
    const reason = new Error("stop");
    own.abortAll(reason);
    for (const each of await firstSettled) expect(each).toEqual({ status: "rejected", reason });
    await settled;
    expect(own.connectionCount).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(target.sockets.every((socket) => socket.destroyed || socket.readableEnded)).toBe(true);
  });

  test("keeps idle connections", async () => {
    const target = await server((socket) => socket.write(ok));
    const own = client();
    await get(own, target.url);
    own.abortAll(new Error("stop"));
    expect(own.connectionCount).toBe(1);
    expect((await get(own, target.url)).reused).toBe(true);
  });
});

describe("what is our own fault is told apart", () => {
  test.each(["EMFILE", "ENFILE", "EADDRNOTAVAIL", "ENOBUFS"])("%s", (code) => {
    expect(socketError(Object.assign(new Error(code), { code }), "connect").ownFault).toBe(true);
  });

  test("a refusal is not", () => {
    expect(socketError(Object.assign(new Error(), { code: "ECONNREFUSED" }), "connect").ownFault).toBe(false);
  });
});

test("a thousand failures leave no connection and no socket behind", async () => {
  const target = await server((socket, text) => {
    if (text.includes("reset")) socket.resetAndDestroy();
    else if (text.includes("garbage")) socket.write("garbage\r\n");
    else if (text.includes("short")) socket.end("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n");
    else socket.write(ok);
  });
  const own = client();
  for (let round = 0; round < 50; round += 1) {
    const paths = ["/reset", "/garbage", "/short", "/ok"].flatMap((path) => Array(5).fill(path) as string[]);
    const exchanges = await Promise.all(paths.map((path) => get(own, target.url + path)));
    expect(exchanges.filter((exchange) => exchange.error === null).length).toBe(5);
  }
  own.closeIdle();
  expect(own.connectionCount).toBe(0);
  await new Promise((resolve) => setTimeout(resolve, 50));
  // The server saw each of its connections end: the client holds no socket that it lost sight of.
  expect(target.sockets.filter((socket) => !socket.destroyed).length).toBe(0);
});
