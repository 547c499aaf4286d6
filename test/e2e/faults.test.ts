import { readFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hasProc, loadline, manifestOf, runFolder, scratch, scripts, start } from "./loadline.js";

const tls = join(import.meta.dirname, "../fixtures/tls");
const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const bomb = gzipSync(Buffer.alloc(100_000_000));

/** By path: what the target does once a request has come. */
const behaviours: Readonly<Record<string, (socket: Socket) => void>> = {
  "/reset-head": (socket) => cutOff(socket, "HTTP/1.1 200 OK\r\nConte"),
  "/reset-body": (socket) => cutOff(socket, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"),
  "/never": () => {},
  "/drip": (socket) => every(socket, 1000, "x", "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"),
  "/malformed": (socket) => socket.write("HTTP/1.1 abc\r\n\r\n"),
  "/short": (socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort"),
  "/surplus": (socket) => socket.write(`${ok} and more than was said`),
  "/endless-head": (socket) => flood(socket, "HTTP/1.1 200 OK\r\n", "X-More: of this\r\n".repeat(100)),
  "/endless-body": (socket) => flood(socket, "HTTP/1.1 200 OK\r\n\r\n", "x".repeat(65_536)),
  "/http10": (socket) => socket.end("HTTP/1.0 200 OK\r\n\r\nuntil the end"),
  "/continue": (socket) => socket.write(`HTTP/1.1 100 Continue\r\n\r\n${ok}`),
  "/trailers": (socket) =>
    socket.write(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n",
    ),
  "/bomb": (socket) => {
    socket.write(`HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`);
    socket.write(bomb);
  },
  "/": (socket) => socket.write(ok),
};

function cutOff(socket: Socket, bytes: string): void {
  // Well after the bytes: read in one turn of the client's loop, the reset behind them would look like an ordinary end.
  socket.write(bytes, () => setTimeout(() => socket.resetAndDestroy(), 250));
}

function every(socket: Socket, ms: number, bytes: string, first: string): void {
  socket.write(first);
  const timer = setInterval(() => socket.write(bytes), ms);
  socket.on("close", () => clearInterval(timer));
}

function flood(socket: Socket, first: string, more: string): void {
  socket.write(first);
  // One piece a turn of the loop: the others must be answered meanwhile.
  const write = (): void => {
    if (socket.destroyed || socket.writableEnded) return;
    if (socket.write(more)) setImmediate(write);
    else socket.once("drain", write);
  };
  write();
}

const servers: Server[] = [];
const open = new Set<Socket>();
let mostOpen = 0;
const here = scratch();
let urls: Record<"plain" | "expired" | "untrusted" | "refused", string>;

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return (server.address() as AddressInfo).port;
}

beforeAll(async () => {
  const plain = createServer((socket) => {
    open.add(socket);
    mostOpen = Math.max(mostOpen, open.size);
    socket.on("close", () => open.delete(socket));
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      const path = /^GET (\S+)/.exec(bytes.toString("latin1"))?.[1] ?? "/";
      // TLS to a server that speaks none: whatever it says is no handshake.
      (behaviours[path] ?? behaviours["/"]!)(socket);
    });
  });
  const secure = (certificate: string): Server =>
    createTlsServer(
      { cert: readFileSync(join(tls, certificate)), key: readFileSync(join(tls, "server-key.pem")) },
      (socket) => socket.on("error", () => {}).write(ok),
    ).on("tlsClientError", () => {});
  const refused = createServer();
  const refusedPort = await listen(refused);
  await new Promise<void>((done) => servers.pop()!.close(() => done()));
  urls = {
    plain: `http://127.0.0.1:${await listen(plain)}`,
    expired: `https://127.0.0.1:${await listen(secure("expired.pem"))}`,
    untrusted: `https://127.0.0.1:${await listen(secure("other-host.pem"))}`,
    refused: `http://127.0.0.1:${refusedPort}`,
  };
});

afterAll(() => {
  for (const socket of open) socket.destroy();
  for (const server of servers) server.close();
  here.remove();
});

function faults() {
  const { plain, expired, untrusted, refused } = urls;
  const at = (path: string, code: number, status = code === 0 ? 200 : 0) => ({ url: plain + path, code, status });
  return {
    refuse: { url: `${refused}/`, code: 1212, status: 0 },
    reset_in_head: at("/reset-head", 1220),
    reset_in_body: at("/reset-body", 1220),
    never_answers: { ...at("/never", 1050), timeout: "400ms" },
    a_byte_a_second: { ...at("/drip", 1050), timeout: "400ms" },
    malformed_status_line: at("/malformed", 1000),
    content_length_too_long: at("/short", 1000),
    content_length_too_short: at("/surplus", 0),
    endless_headers: at("/endless-head", 1000),
    http_1_0_close: at("/http10", 0),
    continue_100: at("/continue", 0),
    chunked_with_trailers: at("/trailers", 0),
    tls_to_plain: { url: plain.replace("http:", "https:"), code: 1301, status: 0 },
    certificate_expired: { url: expired, code: 1000, status: 0 },
    certificate_of_another_host: { url: untrusted, code: 1311, status: 0 },
  };
}

interface Fault {
  readonly url: string;
  readonly code: number;
  readonly status: number;
  readonly rate?: number;
  readonly timeout?: string;
}

async function runWith(given: Readonly<Record<string, Fault>>) {
  const args = [
    "run",
    join(scripts, "faults.js"),
    "-e",
    `HEALTHY=${urls.plain}`,
    "-e",
    `FAULTS=${JSON.stringify(given)}`,
  ];
  const running = start([...args, "-q"], here.dir, { NODE_EXTRA_CA_CERTS: join(tls, "ca.pem") });
  const { code, stderr } = await running.outcome;
  return { code, stderr, manifest: manifestOf(runFolder(here.dir, "faults")) };
}

// Again where the machine itself stood still: a target that nobody serves drops arrivals, too.
const again = { retry: 2, timeout: 90_000 };

test("every fault gets its error code and counts as failed, in a run that goes on as planned", again, async () => {
  const given = faults();
  const { code, stderr, manifest } = await runWith(given);
  const checks = new Map(manifest.summary!.root_group.checks.map((one) => [one.name, one]));
  for (const name of Object.keys(given)) {
    expect(checks.get(name), `${name}\n${stderr}`).toMatchObject({ fails: 0 });
    expect(checks.get(name)!.passes).toBeGreaterThanOrEqual(3);
  }
  expect(checks.get("healthy is answered")).toMatchObject({ passes: 300, fails: 0 });
  expect(checks.get("an error has words")!.fails).toBe(0);
  // Every threshold says that its requests all failed, or that none did.
  expect(manifest.thresholds).toHaveLength(Object.keys(given).length + 1);
  expect(manifest.thresholds.filter(({ ok: holds }) => !holds)).toEqual([]);
  expect([0, 112], stderr).toContain(code);
  // The schedule: each arrival of each scenario began, whatever became of the others.
  expect(manifest.status).toBe("complete");
  expect(manifest.load).toMatchObject({ droppedByUs: 0, ownSocketErrors: 0, interrupted: 0 });
  expect(manifest.load!.started + manifest.load!.dropped).toBe(manifest.load!.plannedArrivals);
  expect(manifest.load!.dropped).toBe(0);
});

test("no fault leaves a connection behind: there are never more than virtual users", async () => {
  open.clear();
  mostOpen = 0;
  const given = faults();
  await runWith(given);
  const vus = 100 + 6 * Object.keys(given).length;
  expect(mostOpen).toBeGreaterThan(10);
  expect(mostOpen).toBeLessThanOrEqual(vus);
  // The end of the process is seen by the server a moment later.
  for (let i = 0; i < 100 && open.size > 0; i += 1) await new Promise((done) => setTimeout(done, 20));
  expect(open.size).toBe(0);
}, 60_000);

test("bodies without end, sent or decoded, are refused at their limit, and memory with them", async () => {
  const heavy = { timeout: "20s", rate: 1 };
  const { manifest, stderr } = await runWith({
    endless_body: { ...heavy, url: `${urls.plain}/endless-body`, code: 1000, status: 0 },
    // The head came, so the status is what the target said.
    gzip_bomb: { ...heavy, url: `${urls.plain}/bomb`, code: 1701, status: 200 },
  });
  const checks = new Map(manifest.summary!.root_group.checks.map((one) => [one.name, one]));
  for (const name of ["endless_body", "gzip_bomb"]) {
    expect(checks.get(name), stderr).toMatchObject({ fails: 0 });
    expect(checks.get(name)!.passes).toBeGreaterThanOrEqual(1);
  }
  expect(manifest.thresholds.filter(({ ok: holds }) => !holds)).toEqual([]);
  expect(manifest.load!.started + manifest.load!.dropped).toBe(306);
  // Three of 64 MiB under way at once, and what they decode to.
  expect(manifest.load!.harnessRssMaxBytes).toBeLessThan(900_000_000);
}, 60_000);

test("a name that does not resolve is an error of the lookup, and the rest of the run goes on", async () => {
  // The reserved name never resolves; a machine without any DNS says so in another way, and later.
  const nowhere = { url: "http://no-such-host.invalid/", status: 0 };
  const { stderr, manifest } = await runWith({
    dns_1101: { ...nowhere, code: 1101 },
    dns_1100: { ...nowhere, code: 1100 },
  });
  const [no_such_host, no_dns] = ["dns_1101", "dns_1100"].map(
    (name) => manifest.summary!.root_group.checks.find((one) => one.name === name)!,
  );
  const all = no_such_host!.passes + no_dns!.passes;
  expect(all, stderr).toBeGreaterThan(0);
  expect(all).toBe(no_such_host!.fails + no_dns!.fails);
  expect(manifest.thresholds.filter(({ ok: holds }) => !holds)).toEqual([]);
}, 60_000);

test.skipIf(!hasProc)(
  "a target that goes away in the middle of a run is a result, not a crash",
  async () => {
    const server = createServer((socket) => socket.on("error", () => {}).on("data", () => socket.write(ok)));
    const sockets = new Set<Socket>();
    server.on("connection", (socket) => sockets.add(socket));
    const port = await listen(server);
    const ending = setTimeout(() => {
      server.close();
      for (const socket of sockets) socket.resetAndDestroy();
    }, 2500);
    const args = ["run", join(scripts, "faults.js"), "-e", `HEALTHY=http://127.0.0.1:${port}`, "-e", "FAULTS={}", "-q"];
    const { code, stderr } = await loadline(args, here.dir);
    clearTimeout(ending);
    expect(code, stderr).toBe(99);
    const { status, load, thresholds } = manifestOf(runFolder(here.dir, "faults"));
    expect(status).toBe("complete");
    expect(load!.started).toBe(300);
    expect(thresholds[0]!.observed).toBeGreaterThan(0);
    expect(thresholds[0]!.observed).toBeLessThan(1);
  },
  60_000,
);
