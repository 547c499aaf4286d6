import { createServer, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { afterEach, describe, expect, test, vi } from "vitest";
import { parseUrl } from "../../src/http/url.js";
import { digestAuthorization } from "../../src/k6/http/auth.js";
import { CookieJar, parseSetCookie } from "../../src/k6/http/cookies.js";
import { selectJson } from "../../src/k6/http/json-path.js";
import type { K6Response } from "../../src/k6/http/response.js";
import { httpModule } from "../../src/k6/http.js";
import { Interruption, isSuspending } from "../../src/model/vu.js";
import { type FakeVu, fakeOptions, makeFakeVu } from "./fake-vu.js";

type Send = (...args: unknown[]) => Promise<K6Response>;

/** As a script sees it. */
interface Http {
  readonly [verb: string]: Send;
}
interface Extras {
  batch(requests: unknown): Promise<unknown>;
  url(strings: TemplateStringsArray, ...values: unknown[]): unknown;
  file(data: unknown, name?: string, type?: string): unknown;
  cookieJar(): CookieJar;
  expectedStatuses(...given: unknown[]): unknown;
  setResponseCallback(callback: unknown): void;
  default: unknown;
  __esModule: boolean;
  TLS_1_3: string;
}

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

function start(options: Partial<typeof fakeOptions> = {}, vu: Partial<FakeVu> = {}) {
  const made = makeFakeVu({ options: { ...fakeOptions, ...options }, now: () => performance.now(), ...vu });
  closers.push(() => made.retire());
  const http = httpModule(made) as Http;
  return { vu: made, http, extras: http as unknown as Extras };
}

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Answers with what it was asked, as JSON. */
const echo: RequestListener = (request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const body = Buffer.concat(chunks);
    const text = request.headers["content-encoding"] === "gzip" ? gunzipSync(body).toString() : body.toString();
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ method: request.method, url: request.url, headers: request.headers, body: text }));
  });
};

async function echoed(response: Promise<K6Response>): Promise<{
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string;
}> {
  return (await response).json() as never;
}

describe("the module", () => {
  test("blocks the script in every verb and in batch, but not in asyncRequest", () => {
    const { http, extras } = start();
    for (const verb of ["get", "head", "post", "put", "patch", "del", "options", "request", "batch"]) {
      expect(isSuspending(http[verb]), verb).toBe(true);
    }
    for (const other of ["asyncRequest", "url", "file", "cookieJar", "expectedStatuses"]) {
      expect(isSuspending(http[other]), other).toBe(false);
    }
    expect(extras.default).toBe(http);
    expect(extras.__esModule).toBe(true);
    expect(extras.TLS_1_3).toBe("tls1.3");
  });

  test.each([
    ["get", "GET", []],
    ["post", "POST", ["b"]],
    ["put", "PUT", ["b"]],
    ["patch", "PATCH", ["b"]],
    ["del", "DELETE", ["b"]],
    ["options", "OPTIONS", ["b"]],
  ] as const)("%s sends %s", async (verb, method, body) => {
    const url = await serve(echo);
    const { http, vu } = start();
    const seen = await echoed(http[verb]!(`${url}/x`, ...body, { headers: { "x-mine": "1" } }));
    expect(seen).toMatchObject({ method, url: "/x", body: body[0] ?? "" });
    expect(seen.headers).toMatchObject({ "x-mine": "1", "user-agent": "loadline/0 (test)" });
    expect(vu.http.map(({ tags }) => tags.method)).toEqual([method]);
  });

  test("head, request and asyncRequest", async () => {
    const url = await serve(echo);
    const { http } = start();
    expect((await http.head!(url)).status).toBe(200);
    expect(await echoed(http.request!("post", url, "b"))).toMatchObject({ method: "POST", body: "b" });
    expect(await echoed(http.asyncRequest!("GET", url))).toMatchObject({ method: "GET" });
    await expect(http.asyncRequest!("GET /x", url)).rejects.toMatchObject({ code: "http.method-invalid" });
  });

  test("refuses requests in the init phase", async () => {
    const { http } = start({}, { phase: "init" });
    await expect(http.get!("http://127.0.0.1:1/")).rejects.toMatchObject({ code: "k6.http-in-init" });
    expect(() => http.cookieJar!()).toThrow(expect.objectContaining({ code: "k6.http-in-init" }));
  });
});

describe("a request's body and params", () => {
  test.each([
    ["text", "a=1", undefined],
    ["other text", "Ζεύς", undefined],
    ["an ArrayBuffer", new TextEncoder().encode("bytes").buffer, undefined],
    ["a typed array", new TextEncoder().encode("bytes"), undefined],
    ["a form", { a: "1 2", b: ["x", "y"], c: 3 }, "application/x-www-form-urlencoded"],
  ])("%s is sent as it should be", async (_name, body, contentType) => {
    const url = await serve(echo);
    const seen = await echoed(start().http.post!(url, body));
    const text = { Ζεύς: "Ζεύς", "a=1": "a=1" }[String(body)] ?? (contentType ? "a=1+2&b=x&b=y&c=3" : "bytes");
    expect(seen.body).toBe(text);
    expect(seen.headers["content-type"]).toBe(contentType);
  });

  test("a form with a file becomes multipart", async () => {
    const url = await serve(echo);
    const { http, extras } = start();
    const seen = await echoed(
      http.post!(url, { note: "hi", upload: extras.file("line\r\n", 'a"b.txt', "text/plain") }),
    );
    const boundary = /boundary=(.*)$/.exec(seen.headers["content-type"]!)![1]!;
    expect(seen.body.split(`--${boundary}`)).toEqual([
      "",
      '\r\nContent-Disposition: form-data; name="note"\r\n\r\nhi\r\n',
      '\r\nContent-Disposition: form-data; name="upload"; filename="a%22b.txt"\r\nContent-Type: text/plain\r\n\r\nline\r\n\r\n',
      "--\r\n",
    ]);
  });

  test("compression is done and declared", async () => {
    const url = await serve(echo);
    const seen = await echoed(start().http.post!(url, "x".repeat(1000), { compression: "gzip" }));
    expect(seen.headers["content-encoding"]).toBe("gzip");
    expect(Number(seen.headers["content-length"])).toBeLessThan(100);
    expect(seen.body).toBe("x".repeat(1000));
  });

  test.each([
    ["a header with a line break", { headers: { "X-A": "a\r\nX-B: b" } }, "http.header-invalid"],
    ["a cookie with a semicolon", { cookies: { a: "1; b=2" } }, "http.cookie-invalid"],
    ["an unknown compression", { compression: "lzma" }, "http.compression-unknown"],
    ["an unknown response type", { responseType: "xml" }, "http.params-invalid"],
    ["a timeout in words", { timeout: "soon" }, "duration.invalid"],
    ["an unknown way to authenticate", { auth: "kerberos" }, "http.auth-unknown"],
    ["a foreign callback", { responseCallback: () => true }, "http.callback-invalid"],
    ["negative redirects", { redirects: -1 }, "http.params-invalid"],
    ["params that are none", "text", "http.params-invalid"],
  ])("%s is the script's mistake", async (_name, params, code) => {
    await expect(start().http.post!("http://127.0.0.1:1/", "x", params)).rejects.toMatchObject({ code });
  });

  test("Host is taken from the headers, and the length never is", async () => {
    const url = await serve(echo);
    const headers = { Host: "shop.test", "Content-Length": "999", "User-Agent": "mine" };
    const seen = await echoed(start().http.post!(url, "abc", { headers }));
    expect(seen.headers).toMatchObject({ host: "shop.test", "content-length": "3", "user-agent": "mine" });
  });

  test("a timeout ends the request", async () => {
    const url = await serve(() => {});
    const { http, vu } = start();
    const response = await http.get!(url, { timeout: "100ms" });
    expect(response).toMatchObject({ status: 0, error_code: 1050, body: null });
    expect(vu.http[0]!.tags).toMatchObject({ status: "0", error_code: "1050", expected_response: "false" });
    expect(vu.warnings.map(({ code }) => code)).toEqual(["http.request-failed.1050"]);
  });
});

describe("a response", () => {
  test("has k6's fields, by access, by destructuring and in JSON", async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { "x-one": "1", "set-cookie": ["a=1; Path=/; HttpOnly", "b=2; Max-Age=60"] });
      response.end('{"ok":true}');
    });
    const response = await start().http.get!(`${url}/x`);
    const { status, body, timings, url: shown } = response;
    expect({ status, body, shown }).toEqual({ status: 200, body: '{"ok":true}', shown: `${url}/x` });
    expect(timings.duration).toBeGreaterThan(0);
    expect(timings.duration).toBeCloseTo(timings.sending! + timings.waiting! + timings.receiving!, 6);
    expect(response.headers["X-One"]).toBe("1");
    expect(response.status_text).toBe("200 OK");
    expect(response.cookies.a![0]).toMatchObject({ value: "1", domain: "", httpOnly: true, http_only: true });
    expect(response.cookies.b![0]).toMatchObject({ value: "2", maxAge: 60 });
    expect(JSON.parse(JSON.stringify(response))).toMatchObject({
      status: 200,
      proto: "HTTP/1.1",
      remote_ip: "127.0.0.1",
      error: "",
      error_code: 0,
      request: { method: "GET", url: `${url}/x`, body: "" },
    });
  });

  test("is text, bytes or nothing, as asked", async () => {
    const url = await serve((_request, response) => response.end("häh"));
    const { http } = start();
    expect((await http.get!(url)).body).toBe("häh");
    const bytes = (await http.get!(url, { responseType: "binary" })).body as ArrayBuffer;
    expect(bytes).toBeInstanceOf(ArrayBuffer);
    expect(Buffer.from(bytes).toString()).toBe("häh");
    expect((await http.get!(url, { responseType: "none" })).body).toBeNull();
    const discarding = start({ discardResponseBodies: true }).http;
    expect((await discarding.get!(url)).body).toBeNull();
    expect((await discarding.get!(url, { responseType: "text" })).body).toBe("häh");
  });

  test("that is not JSON says so", async () => {
    const url = await serve((_request, response) => response.end("<html>"));
    const response = await start().http.get!(url);
    expect(() => response.json()).toThrow(expect.objectContaining({ code: "http.json-invalid" }));
  });

  test.each([
    ["a", { b: [1, { c: 2 }] }],
    ["a.b", [1, { c: 2 }]],
    ["a.b.#", 2],
    ["a.b.1.c", 2],
    ["list.#.name", ["x", "y"]],
    ["list.#", 3],
    ["x\\.y", 7],
    ["missing.b", undefined],
    ["a.b.9", undefined],
    ["a.constructor", undefined],
  ])("json(%j)", (selector, expected) => {
    const root = { a: { b: [1, { c: 2 }] }, list: [{ name: "x" }, {}, { name: "y" }], "x.y": 7 };
    expect(selectJson(root, selector)).toEqual(expected);
  });
});

describe("a failure", () => {
  test("is a response with status 0, or an exception where the script asks for it", async () => {
    const { http, vu } = start();
    const refused = await http.get!("http://127.0.0.1:1/");
    expect(refused).toMatchObject({ status: 0, error_code: 1212, body: null });
    expect(refused.error).not.toBe("");
    expect(vu.http[0]).toMatchObject({ tags: { status: "0", error_code: "1212" }, sample: { failed: true } });
    await expect(http.get!("http://127.0.0.1:1/", { throw: true })).rejects.toMatchObject({
      code: "http.request-failed",
    });
    await expect(start({ throw: true }).http.get!("http://127.0.0.1:1/")).rejects.toThrow();
    expect(vu.http.length, "a request that throws is a sample too").toBe(2);
  });

  test("of an invalid URL is no sample", async () => {
    const { http, vu } = start();
    expect(await http.get!("not a url")).toMatchObject({ status: 0, error_code: 1020, url: "not a url" });
    await expect(http.get!("/path", { throw: true })).rejects.toMatchObject({ found: 1020 });
    expect(vu.http).toEqual([]);
  });

  test("never shows credentials", async () => {
    const { http, vu } = start();
    await http.get!("http://ann:secret@127.0.0.1:1/");
    expect(JSON.stringify([vu.http.map(({ tags }) => tags), vu.warnings])).not.toContain("secret");
  });
});

describe("redirects", () => {
  const redirecting: RequestListener = (request, response) => {
    const match = /^\/(\d{3})\/(\d+)$/.exec(request.url ?? "");
    if (match === null || match[2] === "0") return echo(request, response);
    const to = `${Number(match[2]) - 1}`;
    response.writeHead(Number(match[1]), { location: to === "0" ? "/end" : to }).end();
  };

  test.each([
    [301, "GET", ""],
    [302, "GET", ""],
    [303, "GET", ""],
    [307, "POST", "b"],
    [308, "POST", "b"],
  ])("%i goes on with %s", async (status, method, body) => {
    const url = await serve(redirecting);
    const { http, vu } = start();
    const response = await http.post!(`${url}/${status}/2`, "b", { headers: { "Content-Type": "text/x" } });
    expect(response.json()).toMatchObject({ method, body, url: "/end" });
    expect((response.json("headers") as Record<string, string>)["content-type"]).toBe(
      body === "" ? undefined : "text/x",
    );
    expect(response.url).toBe(`${url}/end`);
    expect(vu.http.map(({ tags }) => tags.status)).toEqual([`${status}`, `${status}`, "200"]);
    expect(vu.http.map(({ tags }) => tags.name)).toEqual([`${url}/${status}/2`, `${url}/${status}/1`, `${url}/end`]);
  });

  test("end at the limit with the last response", async () => {
    const url = await serve(redirecting);
    const { http, vu } = start();
    expect((await http.get!(`${url}/302/20`)).status).toBe(302);
    expect(vu.http.length).toBe(11);
    expect(vu.warnings.map(({ code }) => code)).toEqual(["http.too-many-redirects"]);
    expect((await http.get!(`${url}/302/20`, { redirects: 0 })).headers.Location).toBe("19");
    expect(vu.http.length).toBe(12);
  });

  test("do not carry credentials to another host", async () => {
    const other = (await serve(echo)).replace("127.0.0.1", "localhost");
    const url = await serve((_request, response) => response.writeHead(302, { location: `${other}/` }).end());
    const params = { headers: { Authorization: "Bearer x", "X-Keep": "1" }, cookies: { sid: "1" } };
    const seen = await echoed(start().http.get!(url, params));
    expect(seen.headers).toMatchObject({ "x-keep": "1" });
    expect(seen.headers.authorization).toBeUndefined();
    expect(seen.headers.cookie).toBeUndefined();
  });

  test("share the request's timeout", async () => {
    const url = await serve((request, response) => {
      setTimeout(() => response.writeHead(302, { location: `${request.url}x` }).end(), 60);
    });
    const began = performance.now();
    expect(await start().http.get!(`${url}/`, { timeout: 150 })).toMatchObject({ error_code: 1050 });
    expect(performance.now() - began).toBeLessThan(300);
  });
});

describe("cookies", () => {
  const login: RequestListener = (request, response) => {
    if (request.url === "/login") response.setHeader("set-cookie", ["sid=1; Path=/", "area=a; Path=/admin"]);
    echo(request, response);
  };

  test("go back to where they came from, until the iteration ends", async () => {
    const url = await serve(login);
    const iterations = { iterationInInstance: 0 };
    const { http, vu } = start({}, iterations);
    await http.get!(`${url}/login`);
    expect((await echoed(http.get!(`${url}/x`))).headers.cookie).toBe("sid=1");
    expect((await echoed(http.get!(`${url}/admin/x`))).headers.cookie).toBe("area=a; sid=1");
    Object.assign(vu, { iterationInInstance: 1 });
    expect((await echoed(http.get!(`${url}/x`))).headers.cookie).toBeUndefined();
  });

  test("stay where the options say so", async () => {
    const url = await serve(login);
    const { http, vu } = start({ noCookiesReset: true });
    await http.get!(`${url}/login`);
    Object.assign(vu, { iterationInInstance: 1 });
    expect((await echoed(http.get!(`${url}/x`))).headers.cookie).toBe("sid=1");
  });

  test("of a request stand beside the jar's, or replace them", async () => {
    const url = await serve(login);
    const { http, extras } = start();
    extras.cookieJar().set(url, "sid", "jar");
    expect((await echoed(http.get!(url, { cookies: { sid: "own" } }))).headers.cookie).toBe("sid=jar; sid=own");
    const replacing = http.get!(url, { cookies: { sid: { value: "own", replace: true } } });
    expect((await echoed(replacing)).headers.cookie).toBe("sid=own");
    const response = await http.get!(url, { jar: new CookieJar(), cookies: { a: "1" } });
    expect(response.json("headers.cookie")).toBe("a=1");
    expect(response.request).toMatchObject({ cookies: { a: [{ name: "a", value: "1", replace: false }] } });
  });

  const at = (text: string) => parseUrl(text)!;
  test.each([
    ["its own host only", "http://a.shop.test/", "x=1", ["http://a.shop.test/"], ["http://b.a.shop.test/"]],
    [
      "a domain and what is below it",
      "http://a.shop.test/",
      "x=1; Domain=.shop.test",
      ["http://b.shop.test/"],
      ["http://shop.other/"],
    ],
    [
      "no other domain",
      "http://a.shop.test/",
      "x=1; Domain=bank.test",
      [],
      ["http://bank.test/", "http://a.shop.test/"],
    ],
    ["no top-level domain", "http://shop.test/", "x=1; Domain=test", [], ["http://bank.test/"]],
    [
      "its path and below",
      "http://a.test/",
      "x=1; Path=/p",
      ["http://a.test/p", "http://a.test/p/q"],
      ["http://a.test/pq", "http://a.test/"],
    ],
    ["the folder that set it", "http://a.test/p/q", "x=1", ["http://a.test/p/z"], ["http://a.test/"]],
    ["TLS where secure", "https://a.test/", "x=1; Secure", ["https://a.test/"], ["http://a.test/"]],
    ["nobody once expired", "http://a.test/", "x=1; Expires=Thu, 01 Jan 1970 00:00:01 GMT", [], ["http://a.test/"]],
    [
      "nobody with no age",
      "http://a.test/",
      "x=1; Max-Age=0; Expires=Thu, 01 Jan 2099 00:00:00 GMT",
      [],
      ["http://a.test/"],
    ],
  ])("are for %s", (_name, from, text, wanted, unwanted) => {
    const jar = new CookieJar();
    jar.store(parseSetCookie(text, at(from), Date.now())!, at(from));
    for (const url of wanted) expect(jar.cookiesForURL(url), url).toEqual({ x: ["1"] });
    for (const url of unwanted) expect(jar.cookiesForURL(url), url).toEqual({});
  });

  test("can be set, deleted and cleared by the script", () => {
    const jar = new CookieJar();
    jar.set("http://a.test/", "x", "1");
    jar.set("http://a.test/", "y", "2", { path: "/", max_age: 60 });
    jar.delete("http://a.test/", "x");
    expect(jar.cookiesForURL("http://a.test/")).toEqual({ y: ["2"] });
    jar.clear("http://a.test/");
    expect(jar.isEmpty).toBe(true);
    expect(parseSetCookie("a=b\rX-Injected: 1", at("http://a.test/"), 0)).toBeUndefined();
  });
});

test("forms, cookies and redirects are written as Go writes them", async () => {
  const seen: string[] = [];
  const url = await serve((request, response) => {
    let body = "";
    request.on("data", (text: Buffer) => {
      body += text.toString();
    });
    request.on("end", () => {
      seen.push([request.url, request.headers.cookie ?? "-", request.headers.referer ?? "-", body].join(" | "));
      response.writeHead(request.url === "/a" ? 303 : 200, { location: "/b" }).end();
    });
  });
  const { http } = start();
  const withUser = `${url.replace("//", "//me:pw@")}/a`;
  await http.post!(withUser, { zeta: "1", alpha: ["x y", "2"] }, { cookies: { a: "b c", d: "e" } });
  expect(seen).toEqual(['/a | a="b c"; d=e | - | alpha=x+y&alpha=2&zeta=1', `/b | a="b c"; d=e | ${url}/a | `]);
});

describe("authentication", () => {
  test("basic comes from the URL", async () => {
    const url = (await serve(echo)).replace("//", "//ann:s%40c@");
    expect((await echoed(start().http.get!(url, { auth: "basic" }))).headers.authorization).toBe(
      `Basic ${Buffer.from("ann:s@c").toString("base64")}`,
    );
  });

  test("digest answers the challenge, and the challenge counts as expected", async () => {
    const url = await serve((request, response) => {
      if (request.headers.authorization === undefined) {
        response.writeHead(401, { "www-authenticate": 'Digest realm="r", qop="auth", nonce="n", opaque="o"' }).end();
      } else echo(request, response);
    });
    const { http, vu } = start();
    const seen = await echoed(http.get!(url.replace("//", "//ann:pw@"), { auth: "digest" }));
    expect(seen.headers.authorization).toMatch(
      /^Digest username="ann", realm="r", nonce="n", uri="\/", response="[0-9a-f]{32}"/,
    );
    expect(vu.http.map(({ tags, sample }) => [tags.status, sample.failed])).toEqual([
      ["401", false],
      ["200", false],
    ]);
  });

  test("digest is computed as in RFC 7616, section 3.9.1", () => {
    const challenge =
      'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"';
    const url = parseUrl("http://Mufasa:Circle%20of%20Life@example.org/dir/index.html")!;
    expect(digestAuthorization([challenge], "GET", url, "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ")).toContain(
      'response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"',
    );
  });
});

describe("batch", () => {
  test("answers in the shape of the question", async () => {
    const url = await serve(echo);
    const { extras } = start();
    const list = (await extras.batch([
      `${url}/1`,
      ["POST", `${url}/2`, "b"],
      { method: "put", url: `${url}/3`, body: "c" },
      extras.url`${url}/${4}`,
    ])) as K6Response[];
    expect(list.map((each) => each.json("url"))).toEqual(["/1", "/2", "/3", "/4"]);
    expect(list.map((each) => each.json("method"))).toEqual(["GET", "POST", "PUT", "GET"]);
    const named = (await extras.batch({ a: `${url}/a`, b: { url: `${url}/b` } })) as Record<string, K6Response>;
    expect(named.a!.json("url")).toBe("/a");
    expect(named.b!.json("url")).toBe("/b");
    expect(await extras.batch([])).toEqual([]);
  });

  test.each([
    [20, 6, 6],
    [4, 6, 4],
    [20, 0, 12],
  ])("with batch %i and batchPerHost %i has at most %i under way", async (batch, batchPerHost, most) => {
    const waiting: ServerResponse[] = [];
    let peak = 0;
    // Nobody is answered before as many as may have come, and the moment after that in which more could.
    const url = await serve((_request, response) => {
      waiting.push(response);
      peak = Math.max(peak, waiting.length);
      if (waiting.length === most) setTimeout(() => waiting.splice(0).map((each) => each.end("x")), 15);
    });
    const { extras, vu } = start({ batch, batchPerHost });
    await extras.batch(Array.from({ length: 12 }, () => url));
    expect(peak).toBe(most);
    expect(vu.http.length).toBe(12);
  });

  test("goes on when one fails, and throws in the end where asked", async () => {
    const url = await serve(echo);
    const bad = "http://127.0.0.1:1/";
    const list = (await start().extras.batch([bad, url])) as K6Response[];
    expect(list.map(({ status }) => status)).toEqual([0, 200]);
    const { extras, vu } = start({ throw: true });
    await expect(extras.batch([bad, url])).rejects.toMatchObject({ code: "http.request-failed" });
    expect(vu.http.length).toBe(2);
    await expect(extras.batch([7])).rejects.toMatchObject({ code: "http.batch-invalid" });
    await expect(extras.batch([["GET / HTTP/1.1\r\nX: ", url]])).rejects.toMatchObject({ code: "http.method-invalid" });
  });
});

describe("samples", () => {
  test("carry k6's tags, and the same outcome the same set", async () => {
    const url = await serve((request, response) => {
      response.statusCode = request.url === "/404" ? 404 : 200;
      response.end("x");
    });
    const { http, vu, extras } = start({}, { latenessMs: 3, groupPath: "::checkout" });
    for (let i = 0; i < 2; i += 1) await http.get!(extras.url`${url}/${i}`, { tags: { kind: "item" } });
    await http.get!(`${url}/404`);
    const [first, second, third] = vu.http;
    expect(first!.tags).toEqual({
      scenario: "default",
      group: "::checkout",
      kind: "item",
      method: "GET",
      status: "200",
      name: `\${}/\${}`,
      url: `\${}/\${}`,
      proto: "HTTP/1.1",
      expected_response: "true",
    });
    expect(second!.tags).toBe(first!.tags);
    expect(third!.tags).toMatchObject({ status: "404", error_code: "1404", expected_response: "false" });
    expect(first!.latenessMs).toBe(3);
    expect(first!.sample).toMatchObject({ failed: false, ownFault: false });
    expect(first!.sample.endMs).toBeGreaterThan(first!.sample.startMs);
    expect(third!.sample.failed).toBe(true);
  });

  test("follow the group and the VU's tags as they change", async () => {
    const url = await serve(echo);
    const { http, vu } = start();
    await http.get!(url);
    vu.groupPath = "::a";
    await http.get!(url);
    vu.tags.build = "7";
    vu.tagsVersion += 1;
    await http.get!(url, { tags: { name: "home" } });
    expect(vu.http.map(({ tags }) => [tags.group, tags.build, tags.name])).toEqual([
      ["", undefined, url],
      ["::a", undefined, url],
      ["::a", "7", "home"],
    ]);
  });

  test("have only the system tags that the options name", async () => {
    const url = await serve(echo);
    const { http, vu } = start({ systemTags: ["status", "method"] });
    await http.get!(url);
    expect(vu.http[0]!.tags).toEqual({ scenario: "default", status: "200", method: "GET" });
  });

  test("fail by the response callback", async () => {
    const url = await serve((_request, response) => response.writeHead(404).end());
    const { http, vu, extras } = start();
    await http.get!(url, { responseCallback: extras.expectedStatuses(200, { min: 400, max: 404 }) });
    await http.get!(url, { responseCallback: null });
    extras.setResponseCallback(extras.expectedStatuses(404));
    await http.get!(url);
    extras.setResponseCallback(null);
    await http.get!(url);
    expect(vu.http.map(({ sample }) => sample.failed)).toEqual([false, undefined, false, undefined]);
    expect(vu.http.map(({ tags }) => tags.expected_response)).toEqual(["true", undefined, "true", undefined]);
    expect(() => extras.expectedStatuses("200")).toThrow(expect.objectContaining({ code: "http.statuses-invalid" }));
  });
});

describe("an iteration that is cut short", () => {
  test("drops its requests: no sample, no answer to the script, no connection", async () => {
    const asked: string[] = [];
    const url = await serve((request) => void asked.push(request.url!));
    const { http, vu } = start();
    let answered = false;
    const hear = (): void => {
      answered = true;
    };
    http.get!(`${url}/1`).then(hear, hear);
    await vi.waitFor(() => expect(asked).toEqual(["/1"]), 5000);
    vu.interrupt(new Interruption("time is up"));
    vu.retire();
    http.get!(`${url}/2`).then(hear, hear);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(answered).toBe(false);
    expect(asked).toEqual(["/1"]);
    expect(vu.http).toEqual([]);
  });
});
