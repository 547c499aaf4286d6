import * as z from "zod";
import { alertKind } from "./alert.js";
import { commandKind } from "./command.js";
import { contractKind } from "./contract.js";
import { envKind } from "./env.js";
import { httpKind } from "./http.js";
import { logKind } from "./log.js";
import { metricsKind } from "./metrics.js";
import type { ProbeAnswer, ProbeContext } from "./probe-kind.js";
import { prometheusKind } from "./prometheus.js";
import { rateLimitKind } from "./rate-limit.js";
import { persistenceKind, recoveryKind } from "./recovery.js";
import { sseKind } from "./sse.js";
import { tlsKind } from "./tls.js";
import { websocketKind } from "./websocket.js";

/** A probe as declared in `loadline.config.ts`, told apart by its kind. */
export const probeSchema = z.discriminatedUnion("kind", [
  httpKind.schema,
  metricsKind.schema,
  contractKind.schema,
  prometheusKind.schema,
  alertKind.schema,
  tlsKind.schema,
  websocketKind.schema,
  sseKind.schema,
  logKind.schema,
  commandKind.schema,
  envKind.schema,
  rateLimitKind.schema,
  recoveryKind.schema,
  persistenceKind.schema,
]);
export type ProbeDeclaration = z.output<typeof probeSchema>;
/** Asks one probe once. */
export type AskProbe = (declared: ProbeDeclaration, context: ProbeContext) => Promise<ProbeAnswer>;

const timeouts: Readonly<Record<ProbeDeclaration["kind"], number>> = {
  http: httpKind.timeoutMs,
  metrics: metricsKind.timeoutMs,
  contract: contractKind.timeoutMs,
  prometheus: prometheusKind.timeoutMs,
  alert: alertKind.timeoutMs,
  tls: tlsKind.timeoutMs,
  websocket: websocketKind.timeoutMs,
  sse: sseKind.timeoutMs,
  log: logKind.timeoutMs,
  command: commandKind.timeoutMs,
  env: envKind.timeoutMs,
  "rate-limit": rateLimitKind.timeoutMs,
  recovery: recoveryKind.timeoutMs,
  persistence: persistenceKind.timeoutMs,
};

/** Milliseconds that a probe may take. */
export function timeoutOf(declared: ProbeDeclaration): number {
  return declared.timeout ?? timeouts[declared.kind];
}

export const askProbe: AskProbe = (declared, context) => {
  switch (declared.kind) {
    case "http":
      return httpKind.ask(declared, context);
    case "metrics":
      return metricsKind.ask(declared, context);
    case "contract":
      return contractKind.ask(declared, context);
    case "prometheus":
      return prometheusKind.ask(declared, context);
    case "alert":
      return alertKind.ask(declared, context);
    case "tls":
      return tlsKind.ask(declared, context);
    case "websocket":
      return websocketKind.ask(declared, context);
    case "sse":
      return sseKind.ask(declared, context);
    case "log":
      return logKind.ask(declared, context);
    case "command":
      return commandKind.ask(declared, context);
    case "env":
      return envKind.ask(declared, context);
    case "rate-limit":
      return rateLimitKind.ask(declared, context);
    case "recovery":
      return recoveryKind.ask(declared, context);
    case "persistence":
      return persistenceKind.ask(declared, context);
  }
};

/** Whether a probe during the load goes on until its end; the others ask once, in its middle. */
export function accompaniesLoad(declared: ProbeDeclaration): boolean {
  return declared.kind === "metrics" || declared.kind === "alert";
}
