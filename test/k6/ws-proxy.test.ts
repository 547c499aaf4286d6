import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocketServer } from "ws";
import { wsModule } from "../../src/k6/ws.js";
import { startProxy, type TestProxy } from "../http/forward-proxy.js";
import { type SocksProxy, startSocks } from "../http/socks-proxy.js";
import { fakeOptions, makeFakeVu } from "./fake-vu.js";

interface Socket {
  on(event: string, handler: (value: string) => void): void;
  send(text: string): void;
  close(): void;
}
type Connect = (
  url: string,
  params: unknown,
  use: (socket: Socket) => void,
) => Promise<{ status: number; error: string }>;

const pem = (name: string): string => readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url), "utf8");
const closers: (() => void)[] = [];
let http: TestProxy;
let socks: SocksProxy;
// Read once a thread: set before the first socket.
beforeAll(async () => {
  http = await startProxy("me:secret");
  socks = await startSocks();
  process.env.HTTP_PROXY = `http://me:secret@127.0.0.1:${http.port}`;
  process.env.HTTPS_PROXY = `socks5://127.0.0.1:${socks.port}`;
  closers.push(http.close, socks.close);
});
afterAll(() => {
  for (const close of closers.splice(0)) close();
});

async function echo(server: Server): Promise<number> {
  const sockets = new WebSocketServer({ server });
  sockets.on("connection", (socket) => {
    // At once, so that it comes with the handshake's answer.
    socket.send("hello");
    socket.on("message", (bytes) => socket.send(String(bytes)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => {
    for (const client of sockets.clients) client.terminate();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function said(url: string): Promise<{ status: number; heard: string[] }> {
  const vu = makeFakeVu({ options: { ...fakeOptions, insecureSkipTLSVerify: true }, now: () => performance.now() });
  const heard: string[] = [];
  const { status } = await (wsModule(vu) as { connect: Connect }).connect(url, {}, (socket) => {
    socket.on("open", () => socket.send("ahoy"));
    socket.on("message", (text) => {
      heard.push(text);
      if (heard.length === 2) socket.close();
    });
    socket.on("error", (error) => heard.push(String(error)));
  });
  vu.retire();
  return { status, heard };
}

test("a plain socket goes through an HTTP proxy's tunnel", async () => {
  const port = await echo(createServer());
  expect(await said(`ws://shop.test:${port}/a`)).toEqual({ status: 101, heard: ["hello", "ahoy"] });
  expect(http.seen.map(({ line }) => line)).toEqual([`CONNECT shop.test:${port}`]);
});

test("a secure one goes through a SOCKS proxy", async () => {
  const port = await echo(createHttpsServer({ key: pem("server-key.pem"), cert: pem("server.pem") }));
  expect(await said(`wss://shop.test:${port}/`)).toEqual({ status: 101, heard: ["hello", "ahoy"] });
  expect(socks.seen).toEqual([`>shop.test:${port}`]);
});

test("this machine itself is reached straight", async () => {
  const before = http.seen.length;
  const port = await echo(createServer());
  expect((await said(`ws://127.0.0.1:${port}/`)).status).toBe(101);
  expect(http.seen).toHaveLength(before);
});

test("a proxy that refuses is told without its credentials", async () => {
  const vu = makeFakeVu({ now: () => performance.now() });
  const { connect } = wsModule(vu) as { connect: Connect };
  const failed: Promise<unknown> = connect("ws://shop.test:9/", {}, () => {}).catch((error: unknown) => error);
  expect(String(JSON.stringify([await failed, vu.warnings]))).not.toContain("secret");
  expect(vu.warnings[0]!.message).toContain("refused a tunnel to shop.test:9: 502 Bad Gateway");
  vu.retire();
});
