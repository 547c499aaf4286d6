import { describe, expect, test } from "vitest";
import type { Problem } from "../../src/model/problem.js";
import { networkOptions } from "../../src/script/network-options.js";

function problemOf(values: Record<string, unknown>): Problem {
  try {
    networkOptions(values);
  } catch (error) {
    return error as Problem;
  }
  throw new Error("no problem");
}

describe("network options", () => {
  test("are absent where a script sets none of them", () => {
    expect(networkOptions({ vus: 1, rps: null })).toBeUndefined();
  });

  test("are read in every notation that k6 knows", () => {
    expect(
      networkOptions({
        rps: "50",
        blacklistIPs: ["10.0.0.0/8", "::1"],
        blockHostnames: ["*.Example.com", "test.k6.io"],
        dns: "ttl=inf,select=roundRobin,policy=onlyIPv6",
        tlsVersion: { min: "tls1.2", max: "tls1.3" },
        tlsCipherSuites: ["TLS_RSA_WITH_AES_128_GCM_SHA256"],
        tlsAuth: [{ cert: "C", key: "K" }],
        httpDebug: "full",
        localIPs: "127.0.0.2-127.0.0.4,10.1.0.0/30",
      }),
    ).toEqual({
      rps: 50,
      blacklistIPs: ["10.0.0.0/8", "::1/128"],
      blockHostnames: ["*.example.com", "test.k6.io"],
      dns: { ttlMs: Number.POSITIVE_INFINITY, select: "roundRobin", policy: "onlyIPv6" },
      tls: {
        minVersion: "tls1.2",
        maxVersion: "tls1.3",
        cipherSuites: ["TLS_RSA_WITH_AES_128_GCM_SHA256"],
        auth: [{ domains: [], cert: "C", key: "K", password: undefined }],
      },
      httpDebug: "full",
      localIPs: ["127.0.0.2", "127.0.0.3", "127.0.0.4", "10.1.0.1", "10.1.0.2"],
    });
  });

  test("one TLS version is the lowest and the highest", () => {
    expect(networkOptions({ tlsVersion: "tls1.2" })?.tls).toMatchObject({ minVersion: "tls1.2", maxVersion: "tls1.2" });
  });

  test.each([
    [{ blacklistIPs: ["10.0.0.0/33"] }, "options.blacklistIPs[0]"],
    [{ blacklistIPs: ["example.com"] }, "options.blacklistIPs[0]"],
    [{ blockHostnames: ["http://example.com"] }, "options.blockHostnames[0]"],
    [{ blockHostnames: ["a.*.com"] }, "options.blockHostnames[0]"],
    [{ dns: { select: "last" } }, "options.dns.select"],
    [{ dns: { ttl: "soon" } }, "options.dns.ttl"],
    [{ tlsVersion: { min: "1.2" } }, "options.tlsVersion.min"],
    [{ tlsAuth: [{ cert: "C" }] }, "options.tlsAuth[0].key"],
    [{ httpDebug: "loud" }, "options.httpDebug"],
    [{ localIPs: "10.0.0.0/8" }, "options.localIPs"],
    [{ rps: -1 }, "options.rps"],
  ])("%j is refused with its place", (values, at) => {
    expect(problemOf(values).at).toBe(at);
  });
});
