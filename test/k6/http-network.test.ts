import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import type { K6Response } from "../../src/k6/http/response.js";
import { httpModule } from "../../src/k6/http.js";
import type { NetworkOptions } from "../../src/model/options.js";
import { fakeOptions, makeFakeVu, plainNetwork } from "./fake-vu.js";

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function target(onRequest: (from: string | undefined) => void = () => {}): Promise<string> {
  const server = createServer((request, response) => {
    onRequest(request.socket.remoteAddress);
    response.setHeader("set-cookie", "sid=hidden");
    response.end("the body");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function start(network: Partial<NetworkOptions>, idInTest = 1, shared = new Map<string, unknown>()) {
  const vu = makeFakeVu({
    options: { ...fakeOptions, network: { ...plainNetwork, ...network } },
    now: () => performance.now(),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    idInTest,
    shared,
  });
  closers.push(() => vu.retire());
  return { vu, http: httpModule(vu) as { get(url: string, params?: unknown): Promise<K6Response> } };
}

test("rps keeps the requests of all VUs apart", async () => {
  const times: number[] = [];
  const url = await target(() => times.push(performance.now()));
  const shared = new Map<string, unknown>();
  const users = [start({ rps: 50 }, 1, shared), start({ rps: 50 }, 2, shared)];
  const began = performance.now();
  await Promise.all(users.flatMap(({ http }) => [http.get(url), http.get(url), http.get(url)]));
  // Six requests at 50 a second: the last begins 100 ms after the first.
  expect(times).toHaveLength(6);
  expect(Math.max(...times) - began).toBeGreaterThanOrEqual(95);
});

test("what waits for the limit is not part of the request's time", async () => {
  const { vu, http } = start({ rps: 10 });
  const url = await target();
  await http.get(url);
  await http.get(url);
  expect(vu.http[1]!.sample.endMs - vu.http[1]!.sample.startMs).toBeLessThan(90);
});

test("a blocked host fails as an answer with an error code, counted as failed", async () => {
  const { vu, http } = start({ blockHostnames: ["127.0.0.1"] });
  const response = await http.get(await target());
  expect(response).toMatchObject({ status: 0, error_code: 1111 });
  expect(vu.http[0]!.sample.failed).toBe(true);
});

test("each VU sends from one of the local addresses", async () => {
  const from: (string | undefined)[] = [];
  const url = await target((address) => from.push(address));
  for (const id of [1, 2, 3]) await start({ localIPs: ["127.0.0.2", "127.0.0.3"] }, id).http.get(url);
  expect(from).toEqual(["127.0.0.2", "127.0.0.3", "127.0.0.2"]);
});

test("httpDebug logs heads, with full the bodies too, and never a credential", async () => {
  const url = await target();
  const quiet = start({ httpDebug: "headers" });
  await quiet.http.get(`${url}/path`, { headers: { Authorization: "Bearer top-secret" } });
  const text = quiet.vu.logs.map((log) => log.text).join("\n");
  expect(text).toContain("GET /path HTTP/1.1");
  expect(text).toContain("HTTP/1.1 200 OK");
  expect(text).not.toMatch(/top-secret|hidden|the body/);
  const full = start({ httpDebug: "full" });
  await full.http.get(url);
  expect(full.vu.logs.map((log) => log.text).join("\n")).toContain("the body");
});
