import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import type { K6Response } from "../../src/k6/http/response.js";
import { httpModule } from "../../src/k6/http.js";
import { http2Server } from "../http/http2-server.js";
import { fakeOptions, makeFakeVu } from "./fake-vu.js";

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0).reverse()) close();
});

type Call = (url: string, ...rest: unknown[]) => Promise<K6Response>;

function start(options: Partial<typeof fakeOptions> = {}) {
  const vu = makeFakeVu({
    options: { ...fakeOptions, insecureSkipTLSVerify: true, ...options },
    now: () => performance.now(),
  });
  closers.push(() => vu.retire());
  const http = httpModule(vu) as { get: Call; post: Call; batch(requests: unknown): Promise<K6Response[]> };
  return { vu, http };
}

const md5 = (text: string): string => createHash("md5").update(text).digest("hex");

async function serve() {
  const server = await http2Server((stream, headers) => {
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("end", () => {
      const path = headers[":path"]!;
      const respond = (more: Record<string, unknown>, body: string | Buffer = ""): void => {
        if (stream.destroyed) return;
        stream.respond({ ":status": 200, ...more });
        stream.end(body);
      };
      if (path === "/redirect") respond({ ":status": 302, location: "/cookies", "set-cookie": "sid=1; Path=/" });
      else if (path === "/cookies") respond({ "x-many": ["a", "b"] }, headers.cookie ?? "none");
      else if (path === "/gzip") respond({ "content-encoding": "gzip" }, gzipSync("unpacked"));
      else if (path === "/reset") stream.close(2);
      else if (path === "/never") return;
      else if (path === "/digest") {
        const given = headers.authorization ?? "";
        const part = (name: string): string => new RegExp(`${name}="?([^",]+)`).exec(given)?.[1] ?? "";
        const middle = `n1:${part("nc")}:${part("cnonce")}:auth`;
        const sound = part("response") === md5(`${md5("ann:r:secret")}:${middle}:${md5("GET:/digest")}`);
        if (sound) respond({}, "in");
        else respond({ ":status": 401, "www-authenticate": 'Digest realm="r", nonce="n1", qop="auth"' });
      } else
        respond(
          { "content-type": "application/json" },
          JSON.stringify({ headers, body: Buffer.concat(chunks).toString() }),
        );
    });
  });
  closers.push(server.close);
  return server;
}

describe("a script over HTTP/2", () => {
  test("sees k6's fields and tags", async () => {
    const { url, port } = await serve();
    const { vu, http } = start();
    const response = await http.post(`${url}/x`, { a: "1" }, { headers: { "x-lower": "2" } });
    expect(response).toMatchObject({ status: 200, status_text: "200 OK", proto: "HTTP/2.0", remote_port: port });
    expect(response).toMatchObject({ remote_ip: "127.0.0.1", tls_version: "tls1.3", error: "", error_code: 0 });
    expect(response.tls_cipher_suite).toMatch(/^TLS_/);
    expect(response.headers["Content-Type"]).toBe("application/json");
    expect(response.json("body")).toBe("a=1");
    expect(response.json("headers")).toMatchObject({ "x-lower": "2", "user-agent": fakeOptions.userAgent });
    expect(vu.http[0]!.tags).toMatchObject({ proto: "HTTP/2.0", status: "200", tls_version: "tls1.3" });
    expect(response.timings.duration).toBeGreaterThan(0);
  });

  test("follows redirects with cookies, joins what comes twice, and keeps the first request to show", async () => {
    const { url } = await serve();
    const { vu, http } = start();
    const response = await http.get(`${url}/redirect`, { cookies: { own: "x" }, headers: { "X-Own": "y" } });
    expect(response.body).toBe("sid=1; own=x");
    expect(response.headers["X-Many"]).toBe("a, b");
    expect(response.url).toBe(`${url}/cookies`);
    expect(response.request).toMatchObject({
      method: "GET",
      url: `${url}/redirect`,
      headers: { "X-Own": ["y"], "User-Agent": [fakeOptions.userAgent], Cookie: ["own=x"] },
      cookies: { own: [{ name: "own", value: "x" }] },
    });
    expect(vu.http.map(({ tags }) => tags.status)).toEqual(["302", "200"]);
  });

  test("unpacks, discards, answers challenges and ends in time", async () => {
    const { url } = await serve();
    const { http } = start();
    expect((await http.get(`${url}/gzip`)).body).toBe("unpacked");
    expect((await http.get(`${url}/gzip`, { responseType: "none" })).body).toBeNull();
    expect((await start({ discardResponseBodies: true }).http.get(`${url}/gzip`)).body).toBeNull();
    const digest = await http.get(url.replace("//", "//ann:secret@").concat("/digest"), { auth: "digest" });
    expect([digest.status, digest.body]).toEqual([200, "in"]);
    expect(await http.get(`${url}/never`, { timeout: 80 })).toMatchObject({ status: 0, error_code: 1050, proto: "" });
  });

  test("has a batch share one connection, and k6's codes for what fails in it", async () => {
    const server = await serve();
    const { vu, http } = start();
    const responses = await http.batch([`${server.url}/a`, `${server.url}/reset`, ...Array(8).fill(`${server.url}/b`)]);
    expect(responses.map(({ status }) => status)).toEqual([200, 0, ...Array(8).fill(200)]);
    expect(responses[1]).toMatchObject({ error_code: 1633, body: null });
    expect(vu.http.find(({ tags }) => tags.status === "0")!.tags).toMatchObject({ error_code: "1633" });
    expect(server.sessions).toHaveLength(1);
  });

  test("has a connection for each user, and a new one for each iteration or request where the options say so", async () => {
    const server = await serve();
    await start().http.get(server.url);
    await start().http.get(server.url);
    expect(server.sessions).toHaveLength(2);
    const { vu, http } = start({ noVUConnectionReuse: true });
    await http.get(server.url);
    Object.assign(vu, { iterationInInstance: 1 });
    await http.get(server.url);
    expect(server.sessions).toHaveLength(4);
    const single = start({ noConnectionReuse: true }).http;
    await single.batch([server.url, server.url]);
    expect(server.sessions).toHaveLength(6);
  });

  test("an interrupted iteration ends its streams without an answer and without a sample", async () => {
    const { url } = await serve();
    const { vu, http } = start();
    let answered = false;
    void http.get(`${url}/never`).finally(() => {
      answered = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 60));
    vu.interrupt("timed-out" as never);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect([answered, vu.http.length]).toEqual([false, 0]);
  });
});
