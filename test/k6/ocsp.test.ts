import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { noOcspAnswer, parseOcsp } from "../../src/k6/http/ocsp.js";
import type { K6Response } from "../../src/k6/http/response.js";
import { httpModule } from "../../src/k6/http.js";
import { fakeOptions, makeFakeVu } from "./fake-vu.js";

// Made with: openssl ocsp -index index.txt -CA ca.pem -rsigner ca.pem -rkey ca.key -resp_no_certs
const good = Buffer.from(
  "MIIBAQoBAKCB+zCB+AYJKwYBBQUHMAEBBIHqMIHnMIGOoRQwEjEQMA4GA1UEAwwHVGVzdCBDQRgPMjAyNjExMjcxMjAxMjBaMGUwYzA7MAkGBSsOAwIaBQAEFL9wUsi5wPdgyJEj4JmBXrLAOUImBBQ8n4gBMTcAwP1wuCZazbRdhHZQ1gICEAGAABgPMjAyNjExMjcxMjAxMjBaoBEYDzIwMjYxMTI3MTMwMTIwWjAKBggqhkjOPQQDAgNIADBFAiEAlz5hhSrCSU6SXAjb+k9tcIm4mTp9mgzWqYHJm3aXzp0CIHw+qmRu3sPrvTG3Uon1HvlBEluCkGzmUQbv+eNpbkHZ",
  "base64",
);
const revoked = Buffer.from(
  "MIIBBAoBAKCB/jCB+wYJKwYBBQUHMAEBBIHtMIHqMIGRoRQwEjEQMA4GA1UEAwwHVGVzdCBDQRgPMjAyNjExMjcxMjAxMjBaMGgwZjA7MAkGBSsOAwIaBQAEFL9wUsi5wPdgyJEj4JmBXrLAOUImBBQ8n4gBMTcAwP1wuCZazbRdhHZQ1gICEAKhFhgPMjAyNjA5MDExMjAwMDBaoAMKAQEYDzIwMjYxMTI3MTIwMTIwWjAKBggqhkjOPQQDAgNIADBFAiAH/3FJgMCJXs5+zZ60ZG2gJpiDo1cty8DM1Rcz256/1gIhAJmr3genRKqx8TvyabY9dQlkhGRuv+EVk1e2ILwnRbUT",
  "base64",
);
const producedAt = Date.UTC(2026, 10, 27, 12, 1, 20) / 1000;
/** Year 1: the zero of k6's clock. */
const nowhere = -62_135_596_800;

test("what an authority said is read as openssl prints it", () => {
  const times = { produced_at: producedAt, this_update: producedAt };
  expect(parseOcsp(good)).toEqual({
    ...times,
    ...{ status: "good", next_update: producedAt + 3600, revoked_at: nowhere, revocation_reason: "unspecified" },
  });
  expect(parseOcsp(revoked)).toEqual({
    ...times,
    ...{ status: "revoked", next_update: nowhere, revocation_reason: "key_compromise" },
    revoked_at: Date.UTC(2026, 8, 1, 12) / 1000,
  });
});

test("anything else is as good as nothing, wherever it is cut off or damaged", () => {
  expect(parseOcsp(undefined)).toBe(noOcspAnswer);
  // "try later" (RFC 6960): no answer in it.
  expect(parseOcsp(Buffer.from("30030a0103", "hex"))).toBe(noOcspAnswer);
  for (let length = 0; length < good.length; length += 1) {
    expect(parseOcsp(good.subarray(0, length))).toBe(noOcspAnswer);
  }
  for (let at = 0; at < good.length; at += 1) {
    const damaged = Buffer.from(good);
    damaged[at]! ^= 0xff;
    expect(["good", "revoked", "unknown"]).toContain(parseOcsp(damaged).status);
  }
});

const pem = (name: string): string => readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url), "utf8");
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

test.each(["TLSv1.2", "TLSv1.3"] as const)(
  "a script sees what the server stapled, over %s and on later connections",
  async (version) => {
    const server = createServer(
      { key: pem("server-key.pem"), cert: pem("server.pem"), maxVersion: version },
      (_, response) => {
        // Every request on a connection of its own: the second resumes the session.
        response.writeHead(200, { connection: "close" }).end("ok");
      },
    );
    const resumed: boolean[] = [];
    server.on("secureConnection", (socket) => resumed.push(socket.isSessionReused()));
    let stapled: Buffer | null = revoked;
    server.on("OCSPRequest", (_certificate, _issuer, answer: (error: null, bytes: Buffer | null) => void) =>
      answer(null, stapled),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const systemTags = [...fakeOptions.systemTags, "ocsp_status"];
    const vu = makeFakeVu({
      options: { ...fakeOptions, insecureSkipTLSVerify: true, systemTags },
      now: () => performance.now(),
    });
    closers.push(() => {
      vu.retire();
      server.closeAllConnections();
      server.close();
    });
    const http = httpModule(vu) as { get(url: string): Promise<K6Response> };
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    for (let i = 0; i < 2; i += 1) {
      const response = await http.get(url);
      expect(response.status).toBe(200);
      expect(response.ocsp).toMatchObject({ status: "revoked", revocation_reason: "key_compromise" });
    }
    expect(vu.http.map(({ tags }) => tags.ocsp_status)).toEqual(["revoked", "revoked"]);
    // A full handshake that brings nothing takes back what was known.
    stapled = null;
    server.setTicketKeys(Buffer.alloc(48, 7));
    expect((await http.get(url)).ocsp).toBe(noOcspAnswer);
    expect(resumed).toEqual([false, true, false]);
  },
);
