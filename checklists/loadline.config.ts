// Probes that the ready checklists name. They work against the built-in target as they stand:
//
//   loadline probe --config checklists/loadline.config.ts --command "loadline demo-target"
//
// For your own service change the URLs; what starts a target of its own here (rate-limit, crash-recovery,
// structured-logs, tls) then asks the running service instead: drop `start` and say how to break and restore it.
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "loadline";

const certFile = join(tmpdir(), `loadline-demo-${process.pid}.pem`);
// Faults that the tests of these probes ask for: loadline demo-target --break.
const faults = process.env.DEMO_BREAK === undefined ? "" : ` --break ${process.env.DEMO_BREAK}`;
const requiredVariables = (process.env.REQUIRED_VARIABLES ?? "PATH").split(",");

export default defineConfig({
  probes: {
    "health-200": {
      kind: "http",
      url: "/health",
      retries: 2,
      expect: {
        status: 200,
        json: { status: "ok", degraded: false, next_recovery_eta: { present: true }, uptimeSeconds: { atLeast: 0 } },
      },
    },
    "ready-200": {
      kind: "http",
      url: "/health/ready",
      retries: 2,
      expect: { status: 200, json: { status: "ready" } },
    },
    "live-200": {
      kind: "http",
      url: "/health/live",
      retries: 2,
      expect: { status: 200, json: { status: "alive" } },
    },
    "metrics-scrape": {
      kind: "metrics",
      when: "during",
      cause: { step: { url: "/api/items/1" }, times: 5 },
      expect: [
        { metric: "process_resident_memory_bytes", value: { above: 0, below: 1e9 } },
        { metric: "http_request_duration_seconds_bucket", hasLabel: "route" },
        { metric: "http_request_duration_seconds_count", increase: { above: 0 } },
      ],
    },
    "cache-hit-ratio": {
      kind: "metrics",
      // One item asked again and again is what a cache is for. With when: "during" it is the load's own ratio that is
      // judged; the built-in target's cache needs some ten thousand requests to get warm.
      cause: { step: { url: "/api/items/7" }, times: 20 },
      expect: [
        { metric: "cache_hits_total", over: ["cache_hits_total", "cache_misses_total"], ratio: { atLeast: 0.7 } },
      ],
    },
    "token-rotation": {
      kind: "http",
      method: "POST",
      url: "/api/login",
      // An account that no load uses: rotating voids its older tokens.
      json: { user: "reader", password: "reader" },
      capture: { old: "token" },
      next: [
        { url: "/api/me", headers: { authorization: "Bearer {{old}}" }, expect: { json: { user: "reader" } } },
        {
          method: "POST",
          url: "/api/token/rotate",
          headers: { authorization: "Bearer {{old}}" },
          capture: { fresh: "token" },
        },
        {
          url: "/api/me",
          headers: { authorization: "Bearer {{old}}" },
          expect: { status: 401, json: { code: "auth.invalid", stage: "auth", message: { type: "string" } } },
        },
        { url: "/api/me", headers: { authorization: "Bearer {{fresh}}" }, expect: { json: { user: "reader" } } },
        { url: "/api/me", expect: { status: 401, json: { code: "auth.missing" } } },
      ],
    },
    "rate-limit": {
      kind: "rate-limit",
      start: { command: `loadline demo-target --quiet --rate-limit ${process.env.DEMO_RATE_LIMIT ?? 20}` },
      url: "/api/items/1",
      allowed: 20,
      burst: 100,
      retryAfter: true,
    },
    "structured-logs": {
      kind: "log",
      start: { command: `loadline demo-target${faults}` },
      only: '"level"',
      fields: {
        time: /^\d{4}-\d\d-\d\dT[\d:.]+Z$/,
        level: { oneOf: ["debug", "info", "warn", "error"] },
        msg: { type: "string" },
        requestId: { type: "string" },
      },
      never: [/password/i, /Bearer\s+\S/],
      correlation: { step: { url: "/api/items/1" } },
    },
    websocket: { kind: "websocket", url: "/ws", send: "are you there?", message: "are you there?" },
    "env-present": { kind: "env", names: requiredVariables },
    "crash-recovery": {
      kind: "recovery",
      start: { command: `loadline demo-target --quiet${faults}` },
      break: { signal: "SIGKILL" },
      restore: "start-again",
      health: { url: "/health/ready" },
      data: { url: "/api/items/42" },
      within: process.env.RECOVERY_WITHIN ?? "2m",
    },
    tls: {
      kind: "tls",
      start: {
        command: `loadline demo-target --quiet --tls-cert-file ${certFile} --tls-days ${process.env.DEMO_TLS_DAYS ?? 90}`,
      },
      ca: certFile,
      serverName: "localhost",
      daysLeft: 30,
    },
    contract: {
      kind: "contract",
      dashboards: ["demo/grafana-dashboard.json"],
      rules: ["demo/prometheus-rules.yaml"],
    },
  },
});
