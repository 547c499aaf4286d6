import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer, type TLSSocket, type TlsOptions } from "node:tls";
import { afterEach, describe, expect, test } from "vitest";
import { Blocked } from "../../src/http/blocked.js";
import { opensslName } from "../../src/http/secure-context.js";
import type { TlsSettings } from "../../src/http/settings.js";
import { get, makeClient, rawServer } from "./server.js";

const pem = (name: string): string => readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url), "utf8");
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
async function plainServer() {
  const server = await rawServer((socket) => void socket.write(ok));
  closers.push(server.close);
  return server;
}

async function tlsServer(options: TlsOptions = {}) {
  const sockets: TLSSocket[] = [];
  const server = createServer({ key: pem("server-key.pem"), cert: pem("server.pem"), ...options }, (socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    socket.on("data", () => socket.write(ok));
  });
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/`, sockets };
}

const noTls: TlsSettings = { minVersion: undefined, maxVersion: undefined, cipherSuites: [], auth: [] };

describe("what is blocked", () => {
  test("an address in a forbidden range is never connected to, and has k6's error code", async () => {
    const server = await plainServer();
    const client = makeClient({ blocked: new Blocked(["127.0.0.0/8"], []) });
    const exchange = await get(client, server.url);
    expect(exchange.error).toMatchObject({ code: 1110, ownFault: false });
    expect(server.sockets).toHaveLength(0);
    expect(client.connectionCount).toBe(0);
  });

  test("an address is judged after names have been looked up and hosts have been mapped", async () => {
    const server = await plainServer();
    const blocked = new Blocked(["127.0.0.0/8"], []);
    const mapped = makeClient({ blocked, hosts: { "shop.test": "127.0.0.1" } });
    expect((await get(mapped, `http://shop.test:${server.port}`)).error?.code).toBe(1110);
    expect((await get(makeClient({ blocked }), `http://localhost:${server.port}`)).error?.code).toBe(1110);
  });

  test.each([
    ["localhost", "localhost", true],
    ["*.example.com", "api.example.com", true],
    ["*.example.com", "example.com", false],
    ["example.com", "EXAMPLE.com", true],
    ["*", "anything.test", true],
    ["example.com", "notexample.com", false],
  ])("the pattern %s on %s: %s", (pattern, host, blocked) => {
    expect(new Blocked([], [pattern]).hostFault(host) !== undefined).toBe(blocked);
  });

  test("a forbidden host name is refused with code 1111, other hosts are served", async () => {
    const server = await plainServer();
    const client = makeClient({ blocked: new Blocked([], ["localhost"]) });
    expect((await get(client, `http://localhost:${server.port}`)).error?.code).toBe(1111);
    expect((await get(client, server.url)).status).toBe(200);
    client.close();
  });
});

describe("dns", () => {
  test("a policy that leaves no address is a failed lookup", async () => {
    const server = await plainServer();
    const dns = { ttlMs: 0, select: "first", policy: "onlyIPv6" } as const;
    const exchange = await get(makeClient({ dns }), `http://localhost:${server.port}`);
    // Where localhost has ::1 too, nothing listens there.
    expect([1101, 1212]).toContain(exchange.error?.code);
  });

  test("every selection reaches a host of one address", async () => {
    const server = await plainServer();
    for (const select of ["first", "random", "roundRobin"] as const) {
      const client = makeClient({ dns: { ttlMs: 0, select, policy: "preferIPv4" } });
      expect((await get(client, `http://localhost:${server.port}`)).status, select).toBe(200);
      client.close();
    }
  });
});

describe("tls", () => {
  test.each([
    ["tls1.2", "TLSv1.2"],
    ["tls1.3", "TLSv1.3"],
  ])("the version %s is the only one offered", async (version, protocol) => {
    const server = await tlsServer();
    const client = makeClient({
      insecureSkipTlsVerify: true,
      tls: { ...noTls, minVersion: version, maxVersion: version },
    });
    const exchange = await get(client, server.url);
    expect(exchange.tlsVersion).toBe(version);
    expect(server.sockets[0]!.getProtocol()).toBe(protocol);
    client.close();
  });

  test("a version that the server refuses is an error of the exchange", async () => {
    const server = await tlsServer({ minVersion: "TLSv1.3" });
    const client = makeClient({ insecureSkipTlsVerify: true, tls: { ...noTls, maxVersion: "tls1.2" } });
    expect((await get(client, server.url)).error).not.toBeNull();
  });

  test("a cipher suite by its IANA name is the one that is used", async () => {
    const server = await tlsServer({ maxVersion: "TLSv1.2" });
    const suite = "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384";
    const ecdsa = suite.replace("RSA", "ECDSA");
    const client = makeClient({ insecureSkipTlsVerify: true, tls: { ...noTls, cipherSuites: [suite, ecdsa] } });
    expect([suite, ecdsa]).toContain((await get(client, server.url)).tlsCipher);
    client.close();
  });

  test.each([
    ["TLS_RSA_WITH_AES_128_CBC_SHA", "AES128-SHA"],
    ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256"],
    ["TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"],
    ["TLS_RSA_WITH_3DES_EDE_CBC_SHA", "DES-CBC3-SHA"],
    ["ECDHE-RSA-AES128-SHA256", "ECDHE-RSA-AES128-SHA256"],
  ])("%s is %s to OpenSSL", (iana, openssl) => {
    expect(opensslName(iana)).toBe(openssl);
  });

  test("a client certificate is shown to the hosts that it is meant for, and to no other", async () => {
    const server = await tlsServer({ requestCert: true, rejectUnauthorized: false });
    const auth = { cert: pem("server.pem"), key: pem("server-key.pem"), password: undefined };
    for (const [domains, shown] of [
      [["127.0.0.1"], true],
      [[], true],
      [["other.test"], false],
    ] as const) {
      const client = makeClient({ insecureSkipTlsVerify: true, tls: { ...noTls, auth: [{ ...auth, domains }] } });
      await get(client, server.url);
      const certificate = server.sockets.at(-1)!.getPeerCertificate();
      expect(Object.keys(certificate).length > 0, String(domains)).toBe(shown);
      client.close();
    }
  });

  test("a certificate that cannot be read is an error, not a crash", async () => {
    const server = await tlsServer();
    const auth = [{ cert: "no pem", key: "no pem", password: undefined, domains: [] }];
    const exchange = await get(makeClient({ insecureSkipTlsVerify: true, tls: { ...noTls, auth } }), server.url);
    expect(exchange.error?.code).toBeGreaterThanOrEqual(1000);
  });
});

test("a local address is where connections begin", async () => {
  const server = await plainServer();
  const client = makeClient({ localAddress: "127.0.0.2" });
  await get(client, server.url);
  expect(server.sockets[0]!.remoteAddress).toBe("127.0.0.2");
  client.close();
});
