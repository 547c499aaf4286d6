import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type DemoTarget, startDemoTarget } from "../../src/demo/target.js";
import { freePort } from "../free-port.js";
import { ask, closeServers, serve, serveSocket } from "./asking.js";

let demo: DemoTarget;
let folder: string;
beforeAll(async () => {
  demo = await startDemoTarget({ log: "none", latencyScale: 0.1 });
  folder = mkdtempSync(join(tmpdir(), "loadline-probes-"));
});
afterEach(closeServers);
afterAll(async () => {
  await demo.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("http", () => {
  test("an answer as expected passes, with what was asked and answered", async () => {
    const result = await ask(
      { kind: "http", url: "/health", expect: { json: { status: "ok", degraded: false } } },
      { baseUrl: demo.url },
    );
    expect(result).toMatchObject({ state: "pass", kind: "http", attempts: 1 });
    expect(result.asked).toContain(`GET ${demo.url}/health`);
    expect(result.answered).toContain('"status":"ok"');
    expect(Date.parse(result.at)).toBeGreaterThan(Date.now() - 10_000);
  });

  test.each([
    [{ status: 201 }, "the status is 200, not 201"],
    [{ json: { degraded: true } }, "degraded is false, not true"],
    [{ json: { median_delta: { present: true } } }, "median_delta is missing"],
    [{ headers: { "content-type": /xml/ } }, "header content-type"],
    [{ body: /nothing like it/ }, "the body is"],
  ])("expecting %j it fails and says why", async (expectation, reason) => {
    const result = await ask({ kind: "http", url: "/health", expect: expectation }, { baseUrl: demo.url });
    expect(result.state).toBe("fail");
    expect(result.reason).toContain(reason);
  });

  test("tokens rotate: the old one is refused, the new one works, and neither is in the evidence", async () => {
    const tokens: string[] = [];
    const url = await serve((request, response) => {
      tokens.push(request.headers.authorization ?? "");
      response.end(JSON.stringify({ token: `very-secret-${tokens.length}` }));
    });
    const result = await ask(
      {
        kind: "http",
        url: "/login",
        capture: { token: "token" },
        next: [{ url: "/me", headers: { authorization: "Bearer {{token}}" } }],
      },
      { baseUrl: url },
    );
    expect(tokens).toEqual(["", "Bearer very-secret-1"]);
    expect(result.state).toBe("pass");
    expect(JSON.stringify(result)).not.toContain("very-secret");
  });

  test("a step that fails is named, and those after it are not taken", async () => {
    let asked = 0;
    const url = await serve((_request, response) => {
      asked += 1;
      response.writeHead(asked === 2 ? 500 : 200).end();
    });
    const result = await ask({ kind: "http", url: "/", next: [{ url: "/b" }, { url: "/c" }] }, { baseUrl: url });
    expect([result.state, asked]).toEqual(["fail", 2]);
    expect(result.reason).toMatch(/^step 2 .*: the status is 500, not 2xx$/);
  });

  test("retries ask again until the answer is right", async () => {
    let asked = 0;
    const url = await serve((_request, response) => {
      asked += 1;
      response.writeHead(asked < 3 ? 503 : 200).end();
    });
    const result = await ask({ kind: "http", url: "/", retries: 5, retryEvery: 10 }, { baseUrl: url });
    expect(result).toMatchObject({ state: "pass", attempts: 3 });
  });

  test("a target that never answers fails when the time is up, and not later", async () => {
    const url = await serve(() => {});
    const result = await ask({ kind: "http", url: "/", timeout: 300 }, { baseUrl: url });
    expect(result.state).toBe("fail");
    expect(result.reason).toContain("no answer in time");
    expect(result.durationMs).toBeLessThan(2000);
  });

  test("nobody at the port is a failure in words; no base URL is an error with the remedy", async () => {
    const refused = await ask({ kind: "http", url: `http://127.0.0.1:${await freePort()}/` });
    expect([refused.state, refused.reason]).toEqual(["fail", expect.stringContaining("ECONNREFUSED")]);
    const nowhere = await ask({ kind: "http", url: "/health" });
    expect([nowhere.state, nowhere.reason]).toEqual(["error", expect.stringContaining("BASE_URL")]);
  });
});

describe("metrics", () => {
  const page = (hits: number, misses: number) => `# TYPE hits counter\nhits ${hits}\nmisses{tier="a"} ${misses}\n`;

  test("values, labels, increases and ratios are judged on the target's own page", async () => {
    const result = await ask(
      {
        kind: "metrics",
        cause: { step: { url: "/api/items/7" }, times: 20 },
        expect: [
          { metric: "cache_hits_total", increase: { atLeast: 19 } },
          { metric: "cache_hits_total", over: ["cache_hits_total", "cache_misses_total"], ratio: { atLeast: 0.7 } },
          { metric: "http_request_duration_seconds_count", labels: { route: "/api/items/:id" }, hasLabel: "status" },
          { metric: "process_resident_memory_bytes", value: { above: 0 } },
        ],
      },
      { baseUrl: demo.url },
    );
    expect(result.reason).toBe("every metric is as expected");
    expect(result.state).toBe("pass");
  });

  test.each([
    [{ metric: "nowhere" }, "nowhere is missing"],
    [{ metric: "hits", labels: { tier: "b" } }, 'hits{tier="b"} is missing'],
    [{ metric: "hits", value: { below: 5 } }, "hits is 10, not below 5"],
    [{ metric: "hits", hasLabel: "tier" }, "1 of 1 series of hits have no label tier"],
    [{ metric: "hits", over: ["hits", "misses"], ratio: { atLeast: 0.7 } }, "the ratio 10/20 of hits is 0.5"],
  ])("%j fails and says why", async (claim, reason) => {
    const url = await serve((_request, response) => response.end(page(10, 10)));
    const result = await ask({ kind: "metrics", expect: [claim] }, { baseUrl: url });
    expect(result.state).toBe("fail");
    expect(result.reason).toContain(reason);
  });

  test("during a load, what counts is the increase from its begin to its end, resets included", async () => {
    let reads = 0;
    const url = await serve((_request, response) => {
      reads += 1;
      response.end(reads === 1 ? page(1000, 3) : page(8, 5));
    });
    let end: () => void = () => {};
    const load = { ended: new Promise<void>((done) => (end = done)) };
    setTimeout(() => end(), 200);
    const result = await ask(
      {
        kind: "metrics",
        when: "during",
        // Shorter than the load: the time limit begins when the load ends.
        timeout: 150,
        expect: [{ metric: "hits", over: ["hits", "misses"], ratio: { atLeast: 0.8, atMost: 0.8 }, increase: 8 }],
      },
      { baseUrl: url, load },
    );
    expect(result).toMatchObject({ state: "pass", answered: "hits = 8, increase 8, 8 of 10" });
  });

  test("counters that stand still have no ratio", async () => {
    const url = await serve((_request, response) => response.end(page(10, 10)));
    const load = { ended: Promise.resolve() };
    const claim = { metric: "hits", over: ["hits", "misses"], ratio: { atLeast: 0.7 } };
    const result = await ask({ kind: "metrics", expect: [claim] }, { baseUrl: url, load });
    expect(result.reason).toContain("did not move");
  });
});

describe("contract", () => {
  const dashboard = (expr: string) =>
    JSON.stringify({ title: "d", panels: [{ title: "Rates", panels: [{ title: "inner", targets: [{ expr }] }] }] });

  test("what a nested panel asks for and nobody exports is named with its place", async () => {
    writeFileSync(join(folder, "d.json"), dashboard("rate(cache_hits_total[5m]) / cache_lookups_total"));
    const result = await ask({ kind: "contract", dashboards: ["d.json"] }, { baseUrl: demo.url, folder });
    expect(result.state).toBe("fail");
    expect(result.reason).toBe("cache_lookups_total is not exported (d.json: inner)");
  });

  test("what a rule records counts as exported, and foreign metrics can be left to others", async () => {
    writeFileSync(join(folder, "d2.json"), dashboard("app:hits:rate5m + node_load1 + up"));
    const rules = "groups: [{name: g, rules: [{record: 'app:hits:rate5m', expr: 'rate(cache_hits_total[5m])'}]}]";
    writeFileSync(join(folder, "r.yaml"), rules);
    const result = await ask(
      { kind: "contract", dashboards: ["d2.json"], rules: ["r.yaml"], ignore: ["node_*"] },
      { baseUrl: demo.url, folder },
    );
    expect([result.state, result.reason]).toEqual(["pass", expect.stringContaining("all 4 metrics")]);
  });

  test("a dashboard that is no JSON is an error with its path", async () => {
    writeFileSync(join(folder, "broken.json"), "{");
    const result = await ask({ kind: "contract", dashboards: ["broken.json"] }, { baseUrl: demo.url, folder });
    expect([result.state, result.reason]).toEqual(["error", expect.stringContaining("broken.json cannot be read")]);
  });
});

describe("streams", () => {
  test("a WebSocket answers what was sent, among other messages", async () => {
    const result = await ask({ kind: "websocket", url: "/ws", send: '{"a":1}', json: { a: 1 } }, { baseUrl: demo.url });
    expect(result).toMatchObject({ state: "pass", answered: '{"a":1}' });
  });

  test("a path without a WebSocket, and a message that never comes, fail", async () => {
    const none = await ask({ kind: "websocket", url: "/health" }, { baseUrl: demo.url });
    expect([none.state, none.reason]).toEqual(["fail", expect.stringContaining("404")]);
    // Not the built-in target: its tick each second is a message, and may come in between.
    const silent = await ask({ kind: "websocket", url: await serveSocket(), message: "never", timeout: 300 });
    expect([silent.state, silent.reason]).toEqual(["fail", "no answer in time"]);
    const other = await ask({ kind: "websocket", url: await serveSocket("hello"), message: "never", timeout: 1000 });
    expect([other.state, other.reason, other.answered]).toEqual(["fail", "no message fits", "hello"]);
  });

  test("server-sent events are counted by type and content", async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      let n = 0;
      const timer = setInterval(() => {
        n += 1;
        response.write(`event: ${n % 2 === 0 ? "job" : "ping"}\ndata: {"n":${n}}\n\n`);
      }, 10);
      response.on("close", () => clearInterval(timer));
    });
    const result = await ask(
      { kind: "sse", url: "/stream", event: "job", events: 2, json: { n: { atLeast: 4 } } },
      { baseUrl: url },
    );
    expect(result).toMatchObject({ state: "pass", reason: "2 events arrived" });
    expect(result.answered).toContain('the last: {"n":6}');
  });

  test("a stream that is none, or that dries up, fails", async () => {
    const none = await ask({ kind: "sse", url: "/health" }, { baseUrl: demo.url });
    expect(none.reason).toBe("the content type is application/json, not text/event-stream");
    const url = await serve((_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" }).write("data: once\n\n");
    });
    const dry = await ask({ kind: "sse", url: "/", events: 2, timeout: 300 }, { baseUrl: url });
    expect([dry.state, dry.reason]).toEqual(["fail", "1 of 2 fitting events in time"]);
  });
});

describe("log", () => {
  const good = `{"level":"info","requestId":"a"}\n`;
  test.each([
    ["a line that is not JSON", `${good}oops\n`, {}, "a line is not JSON (1 of 2 lines): oops"],
    ["a missing field", `${good}{"level":"info"}\n`, {}, "requestId is missing (1 of 2 lines)"],
    [
      "a forbidden text, which is not quoted",
      `{"level":"info","requestId":"hunter22"}\n`,
      { never: [/hunter/] },
      "a line matches /hunter/, which none may (1 of 1 lines)",
    ],
    ["too few lines", good, { atLeast: 2, timeout: 300 }, "there are 1 lines, not at least 2"],
  ])("%s fails", async (_name, text, more, reason) => {
    writeFileSync(join(folder, "app.log"), text);
    const fields = { level: "info", requestId: { type: "string" as const } };
    const result = await ask({ kind: "log", file: "app.log", fields, ...more }, { folder });
    expect(result.state).toBe("fail");
    expect(result.reason).toContain(reason);
  });

  test("the id of a request of ours is found in the log, even when it is written late", async () => {
    const path = join(folder, "late.log");
    writeFileSync(path, good);
    const url = await serve((request, response) => {
      const line = `${JSON.stringify({ level: "info", requestId: request.headers["x-request-id"] })}\n`;
      setTimeout(() => writeFileSync(path, good + line), 300);
      response.end();
    });
    const correlation = { step: { url: "/" } };
    const found = await ask({ kind: "log", file: path, correlation }, { baseUrl: url });
    expect(found).toMatchObject({ state: "pass", figures: { lines: 2 } });
    const lost = await ask(
      { kind: "log", file: path, correlation: { ...correlation, field: "trace" }, timeout: 400 },
      { baseUrl: url },
    );
    expect([lost.state, lost.reason]).toEqual([
      "fail",
      expect.stringContaining("no line has the id of our request in trace"),
    ]);
  });

  test("a log that nobody named is an error", async () => {
    expect((await ask({ kind: "log" })).reason).toContain("Which log?");
  });
});

describe("command", () => {
  test("exit code, output and a number with a limit", async () => {
    const result = await ask({
      kind: "command",
      command: ["node", "-e", "console.log('tps = 1,234.5'); console.error('done')"],
      output: /done/,
      number: { pattern: /tps = ([\d.,]+)/, is: { atLeast: 1000 } },
    });
    expect(result).toMatchObject({ state: "pass", figures: { value: 1234.5 } });
  });

  test.each([
    [{ command: "node -e process.exit(3)" }, "the exit code is 3, not 0"],
    [
      { command: ["node", "-e", "console.log('tps = 9')"], number: { pattern: "tps = (\\d+)", is: { above: 10 } } },
      "the number is 9, not above 10",
    ],
    [
      { command: ["node", "-e", "console.log('x')"], number: { pattern: "tps = (\\d+)", is: { above: 10 } } },
      "nothing in the output matches",
    ],
  ])("%j fails and says why", async (declared, reason) => {
    const result = await ask({ kind: "command", ...declared });
    expect([result.state, result.reason]).toEqual(["fail", expect.stringContaining(reason)]);
  });

  test("no shell reads the command, unless asked", async () => {
    const words = await ask({ kind: "command", command: "echo a; echo $HOME", output: "a; echo $HOME\n" });
    expect(words.state).toBe("pass");
    const shell = await ask({ kind: "command", command: "echo a; echo b", shell: true, output: "a\nb\n" });
    expect(shell.state).toBe("pass");
  });

  test("a command that outlasts its time is ended with its children", async () => {
    const file = join(folder, "child.pid");
    const program = `const c = require("child_process").spawn("sleep", ["60"]); require("fs").writeFileSync(${JSON.stringify(file)}, String(c.pid)); setInterval(() => {}, 1000)`;
    const result = await ask({ kind: "command", command: ["node", "-e", program], timeout: 1000 });
    expect(result.state).toBe("fail");
    expect(result.durationMs).toBeLessThan(5000);
    const { readFileSync, existsSync } = await import("node:fs");
    const pid = readFileSync(file, "utf8");
    const state = existsSync(`/proc/${pid}/stat`)
      ? readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]![0]
      : "gone";
    expect(["gone", "Z", "X"]).toContain(state);
  });

  test("a program that there is not is an error, not a failure of the target", async () => {
    const result = await ask({ kind: "command", command: "no-such-program-here" });
    expect([result.state, result.reason]).toEqual(["error", expect.stringContaining("cannot be started")]);
  });
});

describe("env", () => {
  test("what is missing, empty or of another form is named; no value is shown", async () => {
    writeFileSync(join(folder, ".env"), "GOOD=visible-value\nEMPTY=\nPORT=none-of-ours\n");
    const result = await ask(
      { kind: "env", file: ".env", names: ["GOOD", "EMPTY", "ABSENT"], matching: { PORT: /^\d+$/ } },
      { folder },
    );
    expect(result.state).toBe("fail");
    expect(result.reason).toBe("EMPTY is empty; ABSENT is not set; PORT has not the form that it should have");
    expect(JSON.stringify(result)).not.toMatch(/visible-value|none-of-ours/);
  });

  test("the environment of another process is read where it can be", async () => {
    const result = await ask({ kind: "env", pid: process.pid, names: ["PATH"] });
    expect(result.state).toBe(process.platform === "linux" ? "pass" : "error");
  });
});

describe("rate limit", () => {
  test("a limiter that lets the limit pass and refuses the excess passes", async () => {
    const limited = await startDemoTarget({ log: "none", rateLimit: 20, latencyScale: 0 });
    const result = await ask(
      { kind: "rate-limit", url: "/api/items/1", allowed: 20, burst: 80, retryAfter: true },
      { baseUrl: limited.url },
    );
    await limited.close();
    expect(result.reason).toMatch(/^\d+ of 80 were refused, none below the limit$/);
  });

  test("no limiter, one that is too strict, and one that is too lax all fail", async () => {
    const none = await ask(
      { kind: "rate-limit", url: "/api/items/1", allowed: 10, per: 100, burst: 40 },
      { baseUrl: demo.url },
    );
    expect(none.reason).toBe("none of 40 requests at once was refused");
    let strict = 0;
    const url = await serve((_request, response) => {
      strict += 1;
      response.writeHead(strict > 5 ? 429 : 200).end();
    });
    const early = await ask({ kind: "rate-limit", url: "/", allowed: 10, per: 100, burst: 40 }, { baseUrl: url });
    expect(early.reason).toContain("5 of 10 requests below the limit were refused");
    let lax = 0;
    const other = await serve((_request, response) => {
      lax += 1;
      response.writeHead(lax > 409 ? 429 : 200).end();
    });
    const late = await ask(
      { kind: "rate-limit", url: "/", allowed: 10, per: 10_000, burst: 400, timeout: "30s" },
      { baseUrl: other },
    );
    expect(late.reason).toMatch(/399 of 400 passed, more than 2\d/);
  }, 40_000);
});

describe("tls", () => {
  async function shown(days: number, more: object) {
    const certFile = join(folder, `cert${days}.pem`);
    const target = await startDemoTarget({ log: "none", tls: { days, certFile } });
    const result = await ask({ kind: "tls", ca: certFile, ...more }, { baseUrl: target.url });
    await target.close();
    return result;
  }

  test("a certificate with days left, for the right name, of a trusted authority passes", async () => {
    expect(await shown(90, { daysLeft: 30, serverName: "localhost" })).toMatchObject({
      state: "pass",
      figures: { daysLeft: 89 },
    });
    expect((await shown(90, {})).state).toBe("pass");
  });

  test.each([
    ["too few days", 10, { daysLeft: 30 }, "has 9 days left, not 30"],
    ["an expired one", -3, {}, "expired 3 days ago"],
    ["another name", 90, { serverName: "example.org" }, "the certificate is not for example.org"],
    ["an unknown authority", 90, { ca: undefined }, "the chain is not trusted: DEPTH_ZERO_SELF_SIGNED_CERT"],
  ])("%s fails and says so", async (_name, days, more, reason) => {
    const result = await shown(days, more);
    expect([result.state, result.reason]).toEqual(["fail", expect.stringContaining(reason)]);
  });

  test("a server without TLS fails", async () => {
    const result = await ask({ kind: "tls", url: demo.url });
    expect([result.state, result.reason]).toEqual(["fail", expect.stringContaining("no TLS connection")]);
  });
});
