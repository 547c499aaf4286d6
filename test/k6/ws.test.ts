import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { CookieJar } from "../../src/k6/http/cookies.js";
import { wsModule } from "../../src/k6/ws.js";
import { Interruption, isSuspending, suspending } from "../../src/model/vu.js";
import { type FakeVu, fakeOptions, makeFakeVu, plainNetwork } from "./fake-vu.js";

interface Socket {
  on(event: string, handler: (value: never) => unknown): void;
  send(message: string): void;
  sendBinary(message: ArrayBuffer): void;
  ping(): void;
  setTimeout(callback: () => unknown, ms: number): void;
  setInterval(callback: () => unknown, ms: number): void;
  close(code?: number): void;
}
interface Answer {
  url: string;
  status: number;
  headers: Record<string, string>;
  body: string;
  error: string;
}
type Connect = (url: string, ...rest: unknown[]) => Promise<Answer>;

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function serve(onSocket: (socket: WebSocket, headers: Record<string, unknown>) => void): Promise<string> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  server.on("connection", (socket, request) => onSocket(socket, request.headers));
  await new Promise((resolve) => server.once("listening", resolve));
  closers.push(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const echo = (socket: WebSocket): void =>
  void socket.on("message", (bytes: Buffer, isBinary) => socket.send(isBinary ? bytes : bytes.toString()));

function start(overrides: Partial<FakeVu> = {}) {
  const vu = makeFakeVu({ now: () => performance.now(), ...overrides });
  closers.push(() => {
    vu.interrupt(new Interruption("end"));
    vu.retire();
  });
  return { vu, connect: (wsModule(vu) as { connect: Connect }).connect };
}
const values = (vu: FakeVu, metric: string): number[] =>
  vu.samples.filter((sample) => sample.metric === metric).map(({ value }) => value);

describe("ws.connect", () => {
  test("blocks until the socket is closed, and its handlers hear what happens, in order", async () => {
    const url = await serve(echo);
    const { vu, connect } = start();
    const seen: unknown[] = [];
    const answer = await connect(url, { tags: { kind: "chat" } }, (socket: Socket) => {
      socket.on("open", () => {
        seen.push("open");
        socket.send("hello");
        socket.sendBinary(new Uint8Array([1, 2]).buffer);
      });
      socket.on("message", (text) => seen.push(text));
      socket.on("binaryMessage", (bytes) => {
        seen.push([...new Uint8Array(bytes)]);
        socket.ping();
      });
      socket.on("pong", () => {
        seen.push("pong");
        socket.close();
      });
      socket.on("close", (code) => seen.push(code));
    });
    expect(seen).toEqual(["open", "hello", [1, 2], "pong", 1001]);
    expect(answer).toMatchObject({ status: 101, url, error: "", headers: { Upgrade: "websocket" } });
    expect(isSuspending(connect)).toBe(true);
    expect(["ws_sessions", "ws_msgs_sent", "ws_msgs_received", "ws_ping"].map((m) => values(vu, m).length)).toEqual([
      1, 2, 2, 1,
    ]);
    expect(values(vu, "ws_session_duration")[0]).toBeGreaterThan(values(vu, "ws_connecting")[0]!);
    const sum = (metric: string) => values(vu, metric).reduce((a, b) => a + b, 0);
    expect([sum("data_sent") > 100, sum("data_received") > 100]).toEqual([true, true]);
    expect(vu.samples[0]!.tags).toEqual({
      scenario: "default",
      group: "",
      url,
      status: "101",
      subproto: "",
      kind: "chat",
    });
  });

  test("handlers that block come one at a time, and are through before connect returns", async () => {
    const url = await serve((socket) => {
      for (const text of ["1", "2", "3"]) socket.send(text);
      socket.close(1000);
    });
    const { connect } = start();
    const seen: string[] = [];
    await connect(url, (socket: Socket) => {
      socket.on(
        "message",
        suspending(async (text: string) => {
          seen.push(`begin ${text}`);
          await new Promise((resolve) => setTimeout(resolve, 5));
          seen.push(`end ${text}`);
        }) as never,
      );
      socket.on("close", (code) => seen.push(`close ${code}`));
    });
    expect(seen).toEqual(["begin 1", "end 1", "begin 2", "end 2", "begin 3", "end 3", "close 1000"]);
  });

  test("timers run until the socket closes", async () => {
    const url = await serve(() => {});
    const { connect } = start();
    let ticks = 0;
    await connect(url, null, (socket: Socket) => {
      socket.setInterval(() => {
        ticks += 1;
      }, 10);
      socket.setTimeout(() => socket.close(1000), 55);
    });
    const atClose = ticks;
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(atClose).toBeGreaterThanOrEqual(2);
    expect(ticks).toBe(atClose);
  });

  test("headers, cookies and the subprotocol's tag reach both sides", async () => {
    let headers: Record<string, unknown> = {};
    const url = await serve((socket, given) => {
      headers = given;
      socket.close();
    });
    const { connect } = start();
    const jar = new CookieJar();
    jar.set(url.replace("ws", "http"), "session", "abc");
    await connect(url, { headers: { "X-A": "1" }, jar }, () => {});
    expect(headers).toMatchObject({ "x-a": "1", cookie: "session=abc", "user-agent": "loadline/0 (test)" });
  });

  test("hosts sends the connection elsewhere, the name stays", async () => {
    let host: unknown;
    const url = await serve((socket, given) => {
      host = given.host;
      socket.close();
    });
    const address = new URL(url).host;
    const { connect } = start({ options: { ...fakeOptions, hosts: { "chat.test": address } } });
    expect((await connect("ws://chat.test/", () => {})).status).toBe(101);
    expect(host).toBe("chat.test");
  });

  test("an exception in a handler ends the session and is thrown", async () => {
    const url = await serve(echo);
    const { connect } = start();
    const failing = connect(url, (socket: Socket) => {
      socket.on("open", () => {
        throw new Error("no");
      });
    });
    await expect(failing).rejects.toThrow("no");
  });

  test("a name stands beside the URL in the tags", async () => {
    const url = await serve((socket) => socket.close(1000));
    const { vu, connect } = start();
    await connect(url, { tags: { name: "chat" } }, () => {});
    expect(vu.samples[0]!.tags).toMatchObject({ url, name: "chat" });
  });

  test.each([
    ["a refused connection", "ws://127.0.0.1:1/", "ws.connect-failed"],
    ["an http:// address", "http://127.0.0.1:1/", "ws.url-invalid"],
    ["what is no address", "somewhere", "ws.url-invalid"],
  ])(
    "%s is told in the answer, counts as a session, runs nothing, and is thrown where asked for",
    async (_, url, code) => {
      const { vu, connect } = start();
      let ran = false;
      const setUp = () => {
        ran = true;
      };
      const answer = await connect(url, { tags: { kind: "x" } }, setUp);
      expect(answer).toMatchObject({ status: 0, url: "", headers: {}, body: "", error: expect.stringMatching(/./) });
      expect(ran).toBe(false);
      const counts = ["ws_sessions", "ws_connecting", "ws_session_duration"].map((m) => values(vu, m).length);
      expect(counts).toEqual([1, 1, 1]);
      expect(vu.samples[0]!.tags).toEqual({ scenario: "default", group: "", url, kind: "x" });
      const strict = start({ options: { ...fakeOptions, throw: true } });
      await expect(strict.connect(url, setUp)).rejects.toMatchObject({ code });
    },
  );

  test.each([
    ["a name", { blockHostnames: ["*.test"] }, "ws://a.test:1/", /the host a\.test is blocked by \*\.test/],
    ["an address", { blacklistIPs: ["127.0.0.0/8"] }, "ws://127.0.0.1:1/", /127\.0\.0\.1 is in 127\.0\.0\.0\/8/],
    ["what a name leads to", { blacklistIPs: ["127.0.0.0/8", "::1/128"] }, "ws://localhost:1/", /is in (127|::1)/],
    ["a TLS address", { blacklistIPs: ["127.0.0.0/8"] }, "wss://127.0.0.1:1/", /is in 127/],
  ])("%s that the options forbid is not dialled", async (_, forbidden, url, reason) => {
    const network = { ...plainNetwork, ...forbidden };
    const { connect } = start({ options: { ...fakeOptions, network } });
    const answer = await connect(url, {}, () => {});
    expect(answer).toMatchObject({ status: 0, error: expect.stringMatching(reason) });
  });

  test("credentials of an address are in no tag, whatever shape it has", async () => {
    for (const address of [
      "ws://user:secret@127.0.0.1:1/x",
      "ws://user:se/cret@127.0.0.1:1/x",
      "ws:user:secret@127.0.0.1:1",
      "ws:\\\\user:secret@[x",
      "user:secret@127.0.0.1",
    ]) {
      const { vu, connect } = start();
      await connect(address, {}, () => {});
      expect(JSON.stringify(vu.samples.map(({ tags }) => tags)), address).not.toMatch(/secret|se\/cret/);
    }
  });

  test("what is sent after the close counts, goes nowhere, and is told to the error handler", async () => {
    const url = await serve(echo);
    const { vu, connect } = start();
    const seen: unknown[] = [];
    await connect(`${url}#part`, (socket: Socket) => {
      socket.on("error", (error: { error(): string }) => seen.push(error.error()));
      socket.on("message", (text) => seen.push(text));
      socket.on("open", () => {
        socket.close(1000);
        socket.send("late");
        socket.ping();
      });
    });
    expect(seen).toEqual(["websocket: close sent", "websocket: close sent"]);
    expect(["ws_msgs_sent", "ws_ping"].map((m) => values(vu, m).length)).toEqual([1, 0]);
  });

  test("a refused handshake gives its status and body", async () => {
    const server = createServer((_request, response) => response.writeHead(403).end("no"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closers.push(() => server.close());
    const { vu, connect } = start();
    const answer = await connect(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/`, () => {});
    expect(answer).toMatchObject({
      status: 403,
      body: "no",
      error: "",
    });
    expect(vu.samples[0]!.tags).toMatchObject({ status: "403", subproto: "" });
  });

  test("a connection that breaks is an error with a close of 1006", async () => {
    const url = await serve((socket) => void setTimeout(() => socket.terminate(), 10));
    const seen: unknown[] = [];
    await start().connect(url, (socket: Socket) => {
      socket.on("error", (error: { error(): string }) => seen.push(error.error()));
      socket.on("close", (code) => seen.push(code));
    });
    expect(seen).toEqual(["the connection was closed with code 1006", 1006]);
  });

  test("an interrupted iteration drops its socket without a word", async () => {
    const url = await serve(() => {});
    const { vu, connect } = start();
    const seen: string[] = [];
    const opened = new Promise<void>((resolve) => {
      const pending = connect(url, (socket: Socket) => {
        socket.on("open", () => resolve());
        socket.on("close", () => seen.push("close"));
      });
      void pending.then(() => seen.push("returned"));
    });
    await opened;
    vu.interrupt(new Interruption("cut short"));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(seen).toEqual([]);
    expect(values(vu, "ws_session_duration")).toHaveLength(1);
  });

  test.each([
    ["no function", ["ws://127.0.0.1:1/"], "ws.callback"],
    ["a header with a line break", ["ws://127.0.0.1:1/", { headers: { a: "b\r\nc" } }, () => {}], "ws.params-invalid"],
    ["an unknown compression", ["ws://127.0.0.1:1/", { compression: "gzip" }, () => {}], "ws.params-invalid"],
  ])("%s is the script's mistake", async (_name, args, code) => {
    await expect(start().connect(...(args as [string]))).rejects.toMatchObject({ code });
  });
});
