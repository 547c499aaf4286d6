import { once } from "node:events";
import { readdirSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { afterEach, expect, test } from "vitest";
import { WebSocket } from "ws";
import { apiRoutes } from "../../src/demo/api.js";
import { ItemStore } from "../../src/demo/items.js";
import { seededRandom } from "../../src/demo/latency.js";
import { startLeak } from "../../src/demo/leak.js";
import { startMetrics } from "../../src/demo/metrics.js";
import type { DemoOptions } from "../../src/demo/options.js";
import { type DemoTarget, startDemoTarget } from "../../src/demo/target.js";
import { Tokens } from "../../src/demo/tokens.js";

let target: DemoTarget | undefined;
afterEach(async () => {
  await target?.close();
  target = undefined;
});

async function start(options: Partial<DemoOptions> = {}): Promise<DemoTarget> {
  target = await startDemoTarget({ log: "none", latencyScale: 0.1, ...options });
  return target;
}

function post(url: string, body: unknown): Promise<Response> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return fetch(url, { method: "POST", body: text, headers: { "content-type": "application/json" } });
}

test("health, readiness and liveness answer 200 with the keys that dashboards ask for", async () => {
  const { url } = await start();
  const health = await fetch(`${url}/health`);
  expect(health.status).toBe(200);
  expect(await health.json()).toMatchObject({ status: "ok", degraded: false, next_recovery_eta: null });
  expect((await fetch(`${url}/health/ready`)).status).toBe(200);
  expect((await fetch(`${url}/health/live`)).status).toBe(200);
});

test("items are listed, got, created, and got again", async () => {
  const { url } = await start();
  const list = (await (await fetch(`${url}/api/items?limit=3`)).json()) as { items: { id: number }[]; count: number };
  expect(list.items.map((item) => item.id)).toEqual([1, 2, 3]);
  expect(list.count).toBe(3);
  expect(await (await fetch(`${url}/api/items/7`)).json()).toMatchObject({ id: 7, name: "item 7" });
  const created = await post(`${url}/api/items`, { name: "rope", price: 2.5 });
  expect(created.status).toBe(201);
  const { id } = (await created.json()) as { id: number };
  expect(await (await fetch(`${url}/api/items/${id}`)).json()).toEqual({ id, name: "rope", price: 2.5 });
});

test("a token opens /api/me; a wrong password, no token and a forged token do not", async () => {
  const { url } = await start();
  const login = await post(`${url}/api/login`, { user: "demo", password: "demo" });
  const { token } = (await login.json()) as { token: string };
  const me = (authorization: string) => fetch(`${url}/api/me`, { headers: { authorization } });
  expect(await (await me(`Bearer ${token}`)).json()).toEqual({ user: "demo" });
  expect((await me(`Bearer ${token}x`)).status).toBe(401);
  expect((await fetch(`${url}/api/me`)).status).toBe(401);
  expect((await post(`${url}/api/login`, { user: "demo", password: "no" })).status).toBe(401);
});

test.each([
  ["GET", "/api/items?limit=0", undefined, 400, "limit.invalid", "validate"],
  ["GET", "/api/items/9999", undefined, 404, "item.unknown", "handle"],
  ["POST", "/api/items", "{", 400, "body.not-json", "parse"],
  ["POST", "/api/items", '{"price":1}', 400, "name.invalid", "validate"],
  ["POST", "/api/items", '{"name":"x","price":-1}', 400, "price.invalid", "validate"],
  ["POST", "/api/items", "null", 400, "name.invalid", "validate"],
  ["POST", "/api/items", `"${"x".repeat(70_000)}"`, 413, "body.too-large", "parse"],
  ["POST", "/api/login", "{}", 400, "user.invalid", "validate"],
  ["GET", "/api/me", undefined, 401, "auth.missing", "auth"],
  ["GET", "/nowhere", undefined, 404, "route.unknown", "routing"],
  ["GET", "/toString", undefined, 404, "route.unknown", "routing"],
  ["DELETE", "/api/items/1", undefined, 405, "method.not-allowed", "routing"],
] as const)("%s %s with body %s is %d, structured", async (method, path, body, status, code, stage) => {
  const { url } = await start();
  const response = await fetch(url + path, { method, ...(body === undefined ? {} : { body }) });
  expect(response.status).toBe(status);
  const error = (await response.json()) as Record<string, unknown>;
  expect(Object.keys(error).sort()).toEqual(["code", "context", "message", "stage"]);
  expect(error).toMatchObject({ code, stage });
});

test("a 405 names the methods that the path has", async () => {
  const { url } = await start();
  expect((await fetch(`${url}/api/items`, { method: "PUT" })).headers.get("allow")).toBe("GET, POST");
});

test("a request id is passed on where it is a harmless one, else made", async () => {
  const { url } = await start();
  const idOf = async (id: string) =>
    (await fetch(`${url}/health`, { headers: { "x-request-id": id } })).headers.get("x-request-id");
  expect(await idOf("trace-7")).toBe("trace-7");
  expect(await idOf('a"b c')).toMatch(/^[\w-]+$/);
});

test("metrics count requests by route, and cache hits and misses", async () => {
  const { url } = await start();
  await fetch(`${url}/api/items/5`);
  await fetch(`${url}/api/items/5`);
  await fetch(`${url}/nowhere/else`);
  const text = await (await fetch(`${url}/metrics`)).text();
  expect(text).toContain('http_request_duration_seconds_count{method="GET",route="/api/items/:id",status="200"} 2');
  expect(text).toContain('http_request_duration_seconds_count{method="GET",route="other",status="404"} 1');
  expect(text).toMatch(/^cache_hits_total 1$/m);
  expect(text).toMatch(/^cache_misses_total 1$/m);
  expect(text).toContain("process_resident_memory_bytes");
});

/** The delays that a target with seed 1 draws for lists, one after the other. */
async function listDelaysMs(latencyScale: number, count: number): Promise<number[]> {
  const metrics = startMetrics();
  const items = new ItemStore(seededRandom(1));
  const list = apiRoutes({ items, tokens: new Tokens(), metrics, latencyScale, seed: 1 })["/api/items"]!.GET!;
  const call = { request: undefined as never, id: "", query: new URLSearchParams() };
  const answers = await Promise.all(Array.from({ length: count }, () => list(call)));
  metrics.close();
  return answers.map((answer) => answer.delayMs);
}

test("the latency scale multiplies every latency", async () => {
  const [plain, scaled] = [await listDelaysMs(1, 1000), await listDelaysMs(1.3, 1000)];
  for (const [i, delay] of plain.entries()) expect(scaled[i]! / delay).toBeCloseTo(1.3, 9);
});

test("an answer comes when its drawn latency is over: never before, and in the median within three milliseconds", async () => {
  const { url } = await start({ latencyScale: 2 });
  const late: number[] = [];
  for (const delay of await listDelaysMs(2, 60)) {
    const sentMs = performance.now();
    await (await fetch(`${url}/api/items`)).arrayBuffer();
    late.push(performance.now() - sentMs - delay);
  }
  late.sort((a, b) => a - b);
  expect(late[0]).toBeGreaterThan(-0.2);
  expect(late[30]).toBeLessThan(3);
});

test("nothing is answered during a stall", async () => {
  const { url } = await start({ stall: { everyMs: 500, lengthMs: 300 } });
  const gaps: number[] = [];
  const startMs = performance.now();
  while (performance.now() - startMs < 1700) {
    const sentMs = performance.now();
    await (await fetch(`${url}/health`)).text();
    gaps.push(performance.now() - sentMs);
  }
  const stalled = gaps.filter((gap) => gap > 250);
  expect(stalled.length).toBeGreaterThanOrEqual(2);
  expect(stalled.length).toBeLessThanOrEqual(4);
  expect(Math.max(...gaps)).toBeLessThan(400);
});

test("the error ratio fails about so many API requests, and no health check", async () => {
  const { url } = await start({ errorRatio: 0.2, latencyScale: 0 });
  const statuses = await Promise.all(Array.from({ length: 500 }, async () => (await fetch(`${url}/api/items`)).status));
  const failed = statuses.filter((status) => status === 500).length;
  expect(failed).toBeGreaterThan(60);
  expect(failed).toBeLessThan(140);
  const health = await Promise.all(Array.from({ length: 50 }, async () => (await fetch(`${url}/health`)).status));
  expect(new Set(health)).toEqual(new Set([200]));
});

test("the rate limit answers the excess with 429 and when to come back", async () => {
  const { url } = await start({ rateLimit: 20, latencyScale: 0 });
  const responses = await Promise.all(Array.from({ length: 60 }, () => fetch(`${url}/api/items`)));
  const limited = responses.filter((response) => response.status === 429);
  expect(limited.length).toBeGreaterThan(20);
  expect(limited.length).toBeLessThanOrEqual(40);
  expect(limited[0]!.headers.get("retry-after")).toBe("1");
});

test("the leak is resident, at its true rate", async () => {
  const before = process.memoryUsage().arrayBuffers;
  // 360,000 MB an hour are 100 MB a second.
  await start({ leakMbPerHour: 360_000 });
  const startMs = performance.now();
  await new Promise((done) => setTimeout(done, 1000));
  const keptMb = (process.memoryUsage().arrayBuffers - before) / 1e6;
  const passedS = (performance.now() - startMs) / 1000;
  expect(keptMb).toBeGreaterThan((passedS - 0.25) * 100);
  expect(keptMb).toBeLessThan((passedS + 0.05) * 100);
});

test("descriptors leak at their rate, end below the limit of a process, and are given back", async () => {
  const open = () => readdirSync("/dev/fd").length;
  const before = open();
  const leak = startLeak({ mbPerHour: 0, descriptorsPerHour: 720_000 });
  await expect.poll(leak.keptDescriptors, { timeout: 5000 }).toBeGreaterThan(150);
  expect(open() - before).toBeGreaterThan(140);
  await expect.poll(leak.keptDescriptors, { timeout: 10_000 }).toBe(800);
  leak.stop();
  expect(open() - before).toBeLessThan(10);
});

test("the WebSocket echoes text and bytes, and ticks", async () => {
  const { url } = await start();
  const socket = new WebSocket(`${url.replace("http", "ws")}/ws`);
  await once(socket, "open");
  socket.send("ahoy");
  expect(String((await once(socket, "message"))[0])).toBe("ahoy");
  socket.send(Buffer.from([1, 2, 3]));
  const [bytes, isBinary] = await once(socket, "message");
  expect([...(bytes as Buffer)]).toEqual([1, 2, 3]);
  expect(isBinary).toBe(true);
  expect(JSON.parse(String((await once(socket, "message"))[0]))).toMatchObject({ event: "tick" });
  socket.close();
});

test("a WebSocket elsewhere than /ws is refused", async () => {
  const { url } = await start();
  const socket = new WebSocket(`${url.replace("http", "ws")}/other`);
  const [error] = await once(socket, "error");
  expect(String(error)).toContain("404");
});

test("a client that hangs up while it is waited for does no harm", async () => {
  const { url } = await start({ latencyScale: 20 });
  const request = httpRequest(`${url}/api/items`).on("error", () => {});
  request.end();
  await new Promise((done) => setTimeout(done, 30));
  request.destroy();
  const broken = httpRequest(`${url}/api/items`, { method: "POST", headers: { "content-length": 100 } });
  broken.on("error", () => {}).write("{");
  await new Promise((done) => setTimeout(done, 30));
  broken.destroy();
  expect((await fetch(`${url}/health`)).status).toBe(200);
});

test("closing answers what is under way and is done within a second", async () => {
  const running = await start({ latencyScale: 60 });
  const answer = fetch(`${running.url}/api/items`);
  await new Promise((done) => setTimeout(done, 50));
  const startMs = performance.now();
  await running.close();
  expect(performance.now() - startMs).toBeLessThan(1000);
  expect((await answer).status).toBe(200);
  await expect(fetch(`${running.url}/health`)).rejects.toThrow();
});

test("a port that is taken is a problem that says so", async () => {
  const { port } = await start();
  await expect(startDemoTarget({ port, log: "none" })).rejects.toMatchObject({
    code: "demo.cannot-listen",
    found: expect.stringContaining("EADDRINUSE"),
  });
});
