import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type DemoTarget, startDemoTarget } from "../../src/demo/target.js";
import { freePort } from "../free-port.js";
import { ask, eventually } from "./asking.js";

// Debian's names, then those of the projects themselves.
const alertmanager = ["prometheus-alertmanager", "alertmanager"].find(isInstalled);
const hasAll = alertmanager !== undefined && isInstalled("prometheus") && isInstalled("promtool");
if (!hasAll) {
  console.warn(
    "SKIPPED: prometheus, promtool or alertmanager is not installed (apt-get install prometheus prometheus-alertmanager)",
  );
}

function isInstalled(program: string): boolean {
  try {
    execFileSync(program, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const rules = `groups:
  - name: demo
    rules:
      - record: demo:requests:rate5s
        expr: sum(rate(http_request_duration_seconds_count{route="/api/items/:id"}[5s]))
      - alert: TooManyRequests
        expr: demo:requests:rate5s > 20
        labels: { severity: page }
      - alert: NeverFires
        expr: vector(0) > 1
`;

describe.skipIf(!hasAll)("with Prometheus and Alertmanager", () => {
  const children: ChildProcess[] = [];
  let demo: DemoTarget;
  let folder: string;
  let server: string;
  let webhookPort: number;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "loadline-prometheus-"));
    demo = await startDemoTarget({ log: "none", latencyScale: 0.1 });
    const [prometheusPort, managerPort, port] = [await freePort(), await freePort(), await freePort()];
    webhookPort = port;
    server = `http://127.0.0.1:${prometheusPort}`;
    writeFileSync(join(folder, "rules.yaml"), rules);
    writeFileSync(
      join(folder, "prometheus.yaml"),
      `global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: [rules.yaml]
alerting: { alertmanagers: [{ static_configs: [{ targets: ["127.0.0.1:${managerPort}"] }] }] }
scrape_configs: [{ job_name: demo, static_configs: [{ targets: ["127.0.0.1:${demo.port}"] }] }]
`,
    );
    writeFileSync(
      join(folder, "alertmanager.yaml"),
      `route: { receiver: loadline, group_wait: 0s, group_interval: 1s, repeat_interval: 1h }
receivers: [{ name: loadline, webhook_configs: [{ url: "http://127.0.0.1:${webhookPort}/alerts" }] }]
`,
    );
    for (const name of ["prometheus", "alertmanager"]) mkdirSync(join(folder, name));
    start("prometheus", [
      "--config.file=prometheus.yaml",
      "--storage.tsdb.path=prometheus",
      `--web.listen-address=127.0.0.1:${prometheusPort}`,
    ]);
    start(alertmanager!, [
      "--config.file=alertmanager.yaml",
      "--storage.path=alertmanager",
      "--cluster.listen-address=",
      `--web.listen-address=127.0.0.1:${managerPort}`,
    ]);
    await eventually(() => answers(`${server}/-/ready`), 30_000);
    await eventually(() => answers(`http://127.0.0.1:${managerPort}/-/ready`), 30_000);
  }, 70_000);

  afterAll(async () => {
    await Promise.all(
      children.map((child) => {
        const ended = new Promise((done) => child.once("exit", done));
        child.kill("SIGKILL");
        return ended;
      }),
    );
    await demo.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function start(program: string, words: readonly string[]): void {
    children.push(spawn(program, words, { cwd: folder, stdio: "ignore" }));
  }

  test("targets are up, rules are loaded, an expression has its value", async () => {
    const result = await ask({
      kind: "prometheus",
      server,
      retries: 20,
      retryEvery: 500,
      targets: { job: "demo" },
      rules: { groups: ["demo"], names: ["TooManyRequests", "demo:requests:rate5s"] },
      alerts: { silent: ["*"] },
      query: 'process_resident_memory_bytes{job="demo"}',
      value: { above: 1e6 },
    });
    expect(result.reason).toBe("as expected");
    expect(result.answered).toContain("1 of 1 up; 3 rules in 1 groups; no alert fires");
  }, 30_000);

  test.each([
    [{ targets: { job: "other" } }, "there are 0 targets, not at least 1"],
    [{ rules: { names: ["Missing"] } }, "the rule Missing is not loaded"],
    [{ alerts: { firing: ["NeverFires"] } }, "the alert NeverFires does not fire"],
    [{ query: "no_such_metric" }, "the query has no answer"],
    [{ query: "vector(5)", value: { below: 3 } }, "is 5, not below 3"],
  ])("%j fails and says why", async (declared, reason) => {
    const result = await ask({ kind: "prometheus", server, ...declared });
    expect([result.state, result.reason]).toEqual(["fail", expect.stringContaining(reason)]);
  });

  test("an expression that is none is an error with the server's words", async () => {
    const result = await ask({ kind: "prometheus", server, query: "sum(" });
    expect([result.state, result.reason]).toEqual(["error", expect.stringContaining("parse error")]);
  });

  test("promtool accepts the rules of the ready checklists, and refuses others, through the command probe", async () => {
    const ready = join(import.meta.dirname, "../../checklists/demo/prometheus-rules.yaml");
    const good = await ask({
      kind: "command",
      command: ["promtool", "check", "rules", ready],
      output: /4 rules found/,
    });
    expect(good.state).toBe("pass");
    writeFileSync(join(folder, "bad.yaml"), rules.replace("vector(0) > 1", "vector(0"));
    const bad = await ask({ kind: "command", command: ["promtool", "check", "rules", join(folder, "bad.yaml")] });
    expect([bad.state, bad.reason]).toEqual(["fail", "the exit code is 1, not 0"]);
  });

  test("an alert fires because of the load, and its notification reaches our receiver, timed", async () => {
    let end: () => void = () => {};
    const load = { ended: new Promise<void>((done) => (end = done)) };
    const probing = ask(
      {
        kind: "alert",
        when: "during",
        server,
        name: "TooManyRequests",
        labels: { severity: "page" },
        webhook: { port: webhookPort, path: "/alerts" },
        timeout: "30s",
      },
      { baseUrl: demo.url, load },
    );
    // About 50 requests a second for as long as it takes.
    let isOver = false;
    void probing.then(() => {
      isOver = true;
    });
    const untilMs = performance.now() + 40_000;
    while (!isOver && performance.now() < untilMs) {
      await Promise.all(
        Array.from({ length: 5 }, () => fetch(`${demo.url}/api/items/1`).then((answer) => answer.text())),
      );
      await new Promise((done) => setTimeout(done, 100));
    }
    end();
    const result = await probing;
    expect(result.state).toBe("pass");
    expect(result.reason).toMatch(/^the notification arrived after [\d.]+m?s$/);
    expect(result.figures?.firingMs).toBeGreaterThan(0);
    expect(result.figures?.notifiedMs).toBeGreaterThan(0);
    console.info(`alert: ${result.answered}`);
  }, 60_000);

  test("an alert that nothing causes fails when the time is up; one that fires already proves nothing", async () => {
    const webhook = { port: webhookPort, path: "/alerts" };
    const cause = { command: "true" };
    const silent = await ask({ kind: "alert", server, name: "NeverFires", webhook, cause, timeout: 1500 });
    expect([silent.state, silent.reason]).toEqual(["fail", "the alert never fired"]);
    const early = await ask({ kind: "alert", server, name: "TooManyRequests", webhook, cause, timeout: 1500 });
    expect(early.reason).toBe("the alert fired before anything caused it");
  });
});

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

test("without the server the probe is an error, not a failure of the service", async () => {
  const result = await ask({ kind: "prometheus", server: `http://127.0.0.1:${await freePort()}`, query: "up" });
  expect([result.state, result.reason]).toEqual(["error", expect.stringContaining("did not answer")]);
});
