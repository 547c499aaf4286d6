import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import * as z from "zod";
import { Problem } from "../model/problem.js";
import { formatMs } from "../model/units.js";
import { commandSchema, commonFields, stepSchema } from "./fields.js";
import type { ProbeContext, ProbeKind } from "./probe-kind.js";
import { alertsSchema, askPrometheus } from "./prometheus-api.js";
import { runCommand } from "./run-command.js";
import { takeStep } from "./steps.js";

const schema = z.strictObject({
  kind: z.literal("alert"),
  ...commonFields,
  /** The alert's name. */
  name: z.string(),
  labels: z.record(z.string(), z.string()).default({}),
  /** URL of the Prometheus server; without it only the notification is awaited. */
  server: z.string().optional(),
  /** What Alertmanager's webhook receiver is configured with: http://127.0.0.1:PORT/PATH. */
  webhook: z.strictObject({ port: z.number().int().min(0).max(65_535), path: z.string().default("/") }),
  /** What makes the alert fire; without one, the load does. */
  cause: z
    .union([
      z.strictObject({ command: commandSchema }),
      z.strictObject({ step: stepSchema, times: z.number().int().min(1).max(10_000).default(1) }),
    ])
    .optional(),
});
type Declared = z.output<typeof schema>;

const pollMs = 250;

/** https://prometheus.io/docs/alerting/latest/configuration/#webhook_config */
const notificationSchema = z.object({
  alerts: z.array(z.object({ status: z.string(), labels: z.record(z.string(), z.string()) })),
});

/** An alert from its cause to the notification that arrives here, with the time of each step. */
export const alertKind: ProbeKind<typeof schema> = {
  schema,
  timeoutMs: 180_000,
  async ask(declared, context) {
    const receiver = await Receiver.open(declared);
    try {
      const asked = `the alert ${declared.name} fires and its notification reaches ${receiver.url}`;
      if (await fires(declared, context)) {
        return { ok: false, asked, answered: "firing", reason: "the alert fired before anything caused it" };
      }
      const startMs = performance.now();
      await causeIt(declared, context);
      let firingMs: number | undefined;
      let notifiedMs: number | undefined;
      while (
        !context.signal.aborted &&
        (notifiedMs === undefined || (declared.server !== undefined && firingMs === undefined))
      ) {
        if (notifiedMs === undefined && receiver.notifiedAtMs !== undefined)
          notifiedMs = receiver.notifiedAtMs - startMs;
        if (firingMs === undefined && declared.server !== undefined && (await fires(declared, context))) {
          // We look now and then; what was notified of has fired by then.
          firingMs = Math.min(performance.now() - startMs, notifiedMs ?? Number.POSITIVE_INFINITY);
        }
        await wait(pollMs);
      }
      const answered = [
        declared.server === undefined ? undefined : `firing ${after(firingMs)}`,
        `notified ${after(notifiedMs)}`,
        `${receiver.received} notifications received`,
      ];
      return {
        ok: notifiedMs !== undefined,
        asked,
        answered: answered.filter((part) => part !== undefined).join(", "),
        reason: reasonOf(declared, firingMs, notifiedMs),
        figures: {
          ...(firingMs === undefined ? {} : { firingMs: Math.round(firingMs) }),
          ...(notifiedMs === undefined ? {} : { notifiedMs: Math.round(notifiedMs) }),
        },
      };
    } finally {
      await receiver.close();
    }
  },
};

function after(ms: number | undefined): string {
  return ms === undefined ? "never" : `after ${formatMs(ms)}`;
}

function reasonOf({ server }: Declared, firingMs: number | undefined, notifiedMs: number | undefined): string {
  if (notifiedMs !== undefined) return `the notification arrived ${after(notifiedMs)}`;
  if (server === undefined) return "no notification arrived";
  return firingMs === undefined ? "the alert never fired" : "the alert fired, but no notification arrived";
}

async function causeIt({ cause }: Declared, context: ProbeContext): Promise<void> {
  if (cause === undefined) {
    if (context.load !== undefined) return;
    throw new Problem("probe.alert-without-cause", "Nothing causes the alert.", {
      hint: 'Declare a cause, or when: "during" in a run whose load causes it.',
    });
  }
  if ("command" in cause) {
    const { exitCode, output } = await runCommand({ command: cause.command }, context);
    if (exitCode === 0) return;
    throw new Problem("probe.cause-failed", "The command that should cause the alert failed.", {
      found: `exit ${exitCode}: ${output}`,
    });
  }
  for (let i = 0; i < cause.times; i += 1) await takeStep(cause.step, context);
}

async function fires({ server, name, labels }: Declared, context: ProbeContext): Promise<boolean> {
  if (server === undefined) return false;
  const { alerts } = await askPrometheus(server, "/api/v1/alerts", alertsSchema, context);
  return alerts.some((alert) => alert.state === "firing" && isIt(alert.labels, name, labels));
}

function isIt(
  found: Readonly<Record<string, string>>,
  name: string,
  labels: Readonly<Record<string, string>>,
): boolean {
  return found.alertname === name && Object.entries(labels).every(([label, value]) => found[label] === value);
}

/** Takes Alertmanager's notifications on the loopback interface. */
class Receiver {
  received = 0;
  notifiedAtMs: number | undefined;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async open({ webhook, name, labels }: Declared): Promise<Receiver> {
    const server = createServer((request, response) => {
      const parts: Buffer[] = [];
      let bytes = 0;
      request.on("data", (part: Buffer) => {
        bytes += part.length;
        if (bytes > 1024 * 1024) request.destroy();
        else parts.push(part);
      });
      request.on("error", () => {});
      request.on("end", () => {
        const isHere = request.method === "POST" && request.url === webhook.path;
        response.writeHead(isHere ? 200 : 404).end();
        if (isHere) receiver.take(Buffer.concat(parts).toString("utf8"), name, labels);
      });
    });
    try {
      server.listen(webhook.port, "127.0.0.1");
      await once(server, "listening");
    } catch (cause) {
      throw new Problem("probe.webhook-port", `The webhook receiver cannot listen on 127.0.0.1:${webhook.port}.`, {
        found: (cause as NodeJS.ErrnoException).code,
        hint: "Free the port, or give another one here and in Alertmanager's webhook_configs.",
        cause,
      });
    }
    const receiver = new Receiver(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}${webhook.path}`);
    return receiver;
  }

  private take(body: string, name: string, labels: Readonly<Record<string, string>>): void {
    this.received += 1;
    let document: unknown;
    try {
      document = JSON.parse(body);
    } catch {
      return;
    }
    const parsed = notificationSchema.safeParse(document);
    if (!parsed.success) return;
    if (parsed.data.alerts.some((alert) => alert.status === "firing" && isIt(alert.labels, name, labels))) {
      this.notifiedAtMs ??= performance.now();
    }
  }

  async close(): Promise<void> {
    const closed = once(this.server, "close");
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }
}
