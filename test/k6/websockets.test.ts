import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { type WebSocket as ServerSocket, WebSocketServer } from "ws";
import { pendingOf } from "../../src/k6/pending.js";
import { Blob } from "../../src/k6/websockets/blob.js";
import { websocketsModule } from "../../src/k6/websockets.js";
import { type FakeVu, makeFakeVu } from "./fake-vu.js";

interface Event {
  type: string;
  timestamp: number;
  data: unknown;
  code: number;
  error: string;
}
interface Socket {
  readyState: number;
  binaryType: string;
  url: string;
  onopen: () => unknown;
  onmessage: (event: Event) => unknown;
  onclose: (event: Event) => unknown;
  onerror: (event: Event) => unknown;
  onpong: () => unknown;
  addEventListener(name: string, listener: (event: Event) => unknown): void;
  send(message: unknown): void;
  ping(): void;
  close(code?: number, reason?: string): void;
}
type SocketClass = { new (url: string, protocols?: unknown, params?: unknown): Socket; OPEN: number };

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function serve(onSocket: (socket: ServerSocket, protocol: string) => void): Promise<string> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  server.on("connection", (socket) => onSocket(socket, socket.protocol));
  await new Promise((resolve) => server.once("listening", resolve));
  closers.push(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
const echo = (socket: ServerSocket): void =>
  void socket.on("message", (bytes: Buffer, isBinary) => socket.send(isBinary ? bytes : bytes.toString()));

function start(overrides: Partial<FakeVu> = {}) {
  const vu = makeFakeVu({ now: () => performance.now(), ...overrides });
  closers.push(() => vu.retire());
  const { WebSocket } = websocketsModule(vu) as { WebSocket: SocketClass };
  return { vu, WebSocket, done: () => pendingOf(vu).idle() };
}

describe("WebSocket", () => {
  test("an iteration lasts until its sockets are closed", async () => {
    const url = await serve(echo);
    const { vu, WebSocket, done } = start();
    const seen: unknown[] = [];
    const socket = new WebSocket(url, null, { tags: { kind: "chat" } });
    expect([socket.readyState, socket.url]).toEqual([0, url]);
    socket.onopen = () => {
      seen.push(["open", socket.readyState]);
      socket.send("hello");
    };
    socket.onmessage = ({ data }) => {
      seen.push(data);
      socket.ping();
    };
    socket.onpong = () => socket.close(1000, "bye");
    socket.addEventListener("close", ({ code, type }) => seen.push([type, code, socket.readyState]));
    await done();
    expect(seen).toEqual([["open", 1], "hello", ["close", 1000, 3]]);
    const count = (metric: string) => vu.samples.filter((sample) => sample.metric === metric).length;
    const metrics = [
      "ws_sessions",
      "ws_connecting",
      "ws_msgs_sent",
      "ws_msgs_received",
      "ws_ping",
      "ws_session_duration",
    ];
    expect(metrics.map(count)).toEqual([1, 1, 1, 1, 1, 1]);
    expect(vu.samples[0]!.tags).toMatchObject({ kind: "chat", status: "101", url });
  });

  test("binary messages come as blobs, or as buffers where asked for, and every kind of bytes can be sent", async () => {
    const url = await serve(echo);
    const { WebSocket, done } = start();
    const socket = new WebSocket(url);
    const seen: unknown[] = [];
    const sent: unknown[] = [new Uint8Array([1]).buffer, new Uint8Array([2, 3]), new Blob(["é"])];
    socket.onopen = () => {
      for (const each of sent) socket.send(each);
    };
    socket.onmessage = async ({ data }) => {
      seen.push(data instanceof Blob ? [...(await data.bytes())] : [...new Uint8Array(data as ArrayBuffer)]);
      socket.binaryType = "arraybuffer";
      if (seen.length === 3) socket.close();
    };
    await done();
    expect(seen).toHaveLength(3);
    expect(seen).toEqual(expect.arrayContaining([[1], [2, 3], [0xc3, 0xa9]]));
    expect(() => {
      socket.binaryType = "text";
    }).toThrow(expect.objectContaining({ code: "ws.binary-type" }));
  });

  test("a refused connection is an error event and a close, and the iteration goes on", async () => {
    const { vu, WebSocket, done } = start();
    const seen: string[] = [];
    const socket = new WebSocket("ws://127.0.0.1:1/");
    socket.onerror = ({ type, error }) => seen.push(type, error);
    socket.onclose = ({ type }) => seen.push(type);
    await done();
    expect(seen).toEqual(["error", expect.stringContaining("ECONNREFUSED"), "close"]);
    expect(vu.warnings.map(({ code }) => code)).toEqual(["ws.failed"]);
    expect(vu.samples.map(({ metric }) => metric)).toEqual(["ws_sessions", "ws_connecting"]);
    expect(vu.samples[0]!.tags).toMatchObject({ url: "ws://127.0.0.1:1/", name: "ws://127.0.0.1:1/" });
  });

  test.each([
    ["http://127.0.0.1:1/", undefined, "ws.url-invalid"],
    ["ws://127.0.0.1:1/#part", undefined, "ws.url-invalid"],
    ["ws://127.0.0.1:1/", "not one", undefined],
  ])(
    "an iteration does not wait for a socket to %s with protocol %s that could not be made",
    async (url, protocols, code) => {
      const { WebSocket, done } = start();
      expect(() => new WebSocket(url, protocols)).toThrow(
        code === undefined ? SyntaxError : expect.objectContaining({ code }),
      );
      expect(done()).toBeUndefined();
    },
  );

  test("an exception in a handler ends the iteration and its sockets", async () => {
    let closed: (() => void) | undefined;
    const gone = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const url = await serve((socket) => socket.on("close", () => closed!()));
    const { WebSocket, done } = start();
    new WebSocket(url).onopen = () => {
      throw new Error("no");
    };
    await expect(done()).rejects.toThrow("no");
    await gone;
  });

  test("subprotocols are offered, and the chosen one is a tag", async () => {
    const url = await serve((socket) => socket.close(1000));
    const { vu, WebSocket, done } = start();
    new WebSocket(url, ["chat.v2", "chat.v1"]);
    await done();
    expect(vu.samples[0]!.tags.subproto).toBe("chat.v2");
  });

  test("sending too early, wrong names and wrong URLs are the script's mistakes; sending after the close is dropped", async () => {
    const url = await serve(() => {});
    const { WebSocket, done } = start();
    const socket = new WebSocket(url);
    expect(() => socket.send("x")).toThrow(expect.objectContaining({ code: "ws.not-open" }));
    expect(() => socket.close(5)).toThrow(expect.objectContaining({ code: "ws.close-code" }));
    expect(() => socket.addEventListener("opened", () => {})).toThrow(expect.objectContaining({ code: "ws.listener" }));
    expect(() => new WebSocket("nowhere")).toThrow(expect.objectContaining({ code: "ws.url-invalid" }));
    socket.onopen = () => socket.close();
    await done();
    socket.send("late");
    expect(WebSocket.OPEN).toBe(1);
    const init = start({ phase: "init" });
    expect(() => new init.WebSocket(url)).toThrow(expect.objectContaining({ code: "ws.in-init" }));
  });
});

test("a Blob is its parts' bytes", async () => {
  const blob = new Blob(["ab", new Uint8Array([99]), new Blob(["d"])], { type: "text/plain" });
  expect([blob.size, blob.type, await blob.text(), await blob.slice(1, 3).text()]).toEqual([
    4,
    "text/plain",
    "abcd",
    "bc",
  ]);
  expect(new Uint8Array(await blob.arrayBuffer())).toHaveLength(4);
  const reader = blob.stream().getReader();
  expect(await reader.read()).toMatchObject({ done: false, value: new Uint8Array([97, 98, 99, 100]) });
  expect((await reader.read()).done).toBe(true);
});
