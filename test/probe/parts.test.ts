import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { unmet } from "../../src/probe/condition.js";
import { parseExposition } from "../../src/probe/exposition.js";
import { atPath } from "../../src/probe/json-path.js";
import { probeSchema } from "../../src/probe/kinds.js";
import { metricNames } from "../../src/probe/promql-names.js";
import { Secrets } from "../../src/probe/secrets.js";
import { EventParser } from "../../src/probe/sse.js";

describe("conditions", () => {
  test.each([
    [5, 5, undefined],
    ["5", 5, 'is "5", not 5'],
    [5, { atLeast: 5, below: 6 }, undefined],
    [6, { atLeast: 5, below: 6 }, "is 6, not below 6"],
    ["6", { below: 7 }, 'is "6", no number'],
    [Number.NaN, { below: 7 }, "is null, not below 7"],
    [undefined, {}, "is missing"],
    [undefined, { present: false }, undefined],
    [null, { present: true }, undefined],
    [null, { type: "object" as const }, "is null, no object"],
    [[], { type: "array" as const }, undefined],
    ["warn", { oneOf: ["info", "warn"] }, undefined],
    ["trace", { oneOf: ["info"] }, 'is "trace", none of "info"'],
    ["abc", /^b/, 'is "abc", which does not match /^b/'],
  ])("%j against %j: %s", (value, condition, why) => {
    expect(unmet(value, condition)).toBe(why);
  });

  test("a pattern with a memory gives the same answer twice", () => {
    const pattern = /a/g;
    expect([unmet("a", pattern), unmet("a", pattern)]).toEqual([undefined, undefined]);
  });
});

test.each([
  ["status", "ok"],
  ["$.items[1].id", 2],
  ["items.0.id", 1],
  ["items.length", 2],
  ['labels["a.b"]', "c"],
  ["items[7].id", undefined],
  ["constructor", undefined],
])("the value at %s", (path, value) => {
  expect(atPath({ status: "ok", items: [{ id: 1 }, { id: 2 }], labels: { "a.b": "c" } }, path)).toBe(value);
});

test.each([
  ["up", ["up"]],
  ['rate(http_requests_total{job="api", code=~"5.."}[5m])', ["http_requests_total"]],
  ["sum by (le, route) (rate(a_bucket[$__rate_interval])) / ignoring(x) group_left(y) b:c:d", ["a_bucket", "b:c:d"]],
  ["sum(rate(a[1m])) without (instance) > bool 0.5 and on(job) b unless c or d", ["a", "b", "c", "d"]],
  ["histogram_quantile(0.95, sum(rate(x_seconds_bucket[5m])) by (le))", ["x_seconds_bucket"]],
  ["a offset 1h30m + b @ end()", ["a", "b"]],
  ['{__name__="odd", job="x"}', ["odd"]],
  ['label_values(http_requests_total{env="$env"}, instance)', ["http_requests_total"]],
  ["label_values(instance)", []],
  ["1e3 + 0x1F + Inf", []],
  ["max_over_time(a[1d:5m]) # comment with words", ["a"]],
  ['label_replace(a, "x", "$1", "y", "(.*)")', ["a"]],
])("the metrics of %s", (expression, names) => {
  expect(metricNames(expression).names).toEqual(names);
});

test("a metric with a variable in its name is told apart, not guessed", () => {
  expect(metricNames('rate($metric{job="x"}[5m]) + app_$kind:total')).toEqual({
    names: [],
    unknown: ["$metric", "app_$kind:total"],
  });
});

test("a metrics page gives back the labels and values that were put into it, whatever they are", () => {
  const label = fc.string({ maxLength: 12 }).map((text) => text.replace(/\r/g, ""));
  fc.assert(
    fc.property(
      fc.dictionary(fc.stringMatching(/^[a-z_]\w{0,5}$/), label),
      fc.double({ noNaN: true }),
      (labels, value) => {
        const pairs = Object.entries(labels).map(
          ([name, text]) => `${name}="${text.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n")}"`,
        );
        const shown =
          value === Number.POSITIVE_INFINITY ? "+Inf" : value === Number.NEGATIVE_INFINITY ? "-Inf" : String(value);
        const { samples } = parseExposition(
          `# HELP m text\n# TYPE m gauge\nm{${pairs.join(",")}} ${shown} 1700000000000\n`,
        );
        expect(samples).toEqual([{ name: "m", labels, value: value === 0 ? expect.closeTo(0) : value }]);
      },
    ),
  );
});

test("a histogram without series can be asked for under the names of its series", () => {
  const { names } = parseExposition("# TYPE h_seconds histogram\n# TYPE c counter\nnot a sample\n{} 5\nx{broken 1\n");
  expect([...names].sort()).toEqual(["c", "c_total", "h_seconds_bucket", "h_seconds_count", "h_seconds_sum"]);
});

test("server-sent events are the same however the stream is cut", () => {
  const stream = ': hello\r\nevent: tick\r\ndata: one\r\ndata:two\r\n\r\ndata\n\nid: 7\ndata: {"a":1}\r\r';
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: stream.length }), { maxLength: 8 }), (cuts) => {
      const places = [0, ...cuts.sort((a, b) => a - b), stream.length];
      const parser = new EventParser();
      const events = places.slice(1).flatMap((end, i) => [...parser.take(stream.slice(places[i], end))]);
      // The last line's end may still be half of one until something follows.
      events.push(...parser.take("x"));
      expect(events).toEqual([
        { type: "tick", text: "one\ntwo" },
        { type: "message", text: "" },
        { type: "message", text: '{"a":1}' },
      ]);
    }),
  );
});

describe("secrets", () => {
  const token = "s3cr3t-value-123";
  test.each([
    ["a known value", `got ${token} back`],
    ["a JSON field", `{"user":"x","access_token":"${"other-value"}","n":1}`],
    ["a header", "authorization: Bearer abcdefghijkl"],
    ["a URL", "GET https://me:pass@host/x?api_key=abcdef12"],
    ["an assignment in the middle", "connecting with password=hunter22 now"],
    ["a JSON web token", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln"],
  ])("%s does not get through", (_name, text) => {
    const shown = new Secrets({ API_TOKEN: token }).remove(text);
    expect(shown).toContain("***");
    for (const part of [token, "other-value", "abcdefghijkl", "me:pass", "abcdef12", "hunter22", "eyJzdWIiOiIxIn0"]) {
      expect(shown).not.toContain(part);
    }
  });

  test("figures about tokens are no secrets, and neither is the current folder", () => {
    const secrets = new Secrets({ PWD: "/srv/app-folder" });
    expect(secrets.remove("tokens_total = 512 in /srv/app-folder")).toBe("tokens_total = 512 in /srv/app-folder");
  });

  test("a known secret never gets through, wherever it stands", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\w-]{12,40}$/), fc.string(), fc.string(), (secret, before, after) => {
        const secrets = new Secrets({});
        secrets.addFrom({ headers: { Authorization: `Bearer ${secret}` } });
        expect(secrets.remove(before + secret + after)).not.toContain(secret);
      }),
    );
  });

  test("a long text is cut, and says so", () => {
    expect(new Secrets({}).remove("a b ".repeat(100_000))).toMatch(/^(a b )+ … \(400000 characters\)$/);
  });
});

test.each([
  ["an unknown kind", { kind: "htpp", url: "/" }],
  ["an unknown field", { kind: "http", url: "/", expct: {} }],
  ["retries of what changes the target", { kind: "recovery", retries: 2, break: {}, health: { url: "/" } }],
  ["a shell with a list of words", { kind: "command", command: ["ls"], shell: true }],
  ["a ratio of nothing", { kind: "metrics", expect: [{ metric: "a", ratio: { above: 1 } }] }],
  ["a Prometheus probe that asks nothing", { kind: "prometheus", server: "http://127.0.0.1:9090" }],
  ["a burst that a token bucket could let through", { kind: "rate-limit", url: "/", allowed: 10, burst: 20 }],
  ["a time that is none", { kind: "http", url: "/", timeout: "soon" }],
  ["a pattern that is none", { kind: "env", matching: { A: "(" } }],
])("%s is refused in the declaration", (_name, declared) => {
  expect(probeSchema.safeParse(declared).success).toBe(false);
});
