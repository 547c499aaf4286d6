import { rootCertificates } from "node:tls";
import { WebSocket } from "ws";
import * as z from "zod";
import { absoluteUrl } from "./call.js";
import { conditionSchema, describe, unmet } from "./condition.js";
import { commonFields, retryFields } from "./fields.js";
import { describeFields, unmetFields } from "./json-path.js";
import type { ProbeKind } from "./probe-kind.js";

const schema = z.strictObject({
  kind: z.literal("websocket"),
  ...commonFields,
  ...retryFields,
  url: z.string(),
  headers: z.record(z.string(), z.string()).default({}),
  protocols: z.array(z.string()).default([]),
  /** Sent once the connection is open. */
  send: z.string().optional(),
  /** One of the messages that arrive must be this. */
  message: conditionSchema.optional(),
  /** One of the messages that arrive must be JSON with these fields. */
  json: z.record(z.string(), conditionSchema).optional(),
});

/** Messages beyond this many without the expected one are answer enough. */
const messageLimit = 10_000;

/** A WebSocket accepts the connection, and where declared answers a message. */
export const websocketKind: ProbeKind<typeof schema> = {
  schema,
  timeoutMs: 10_000,
  async ask({ url: given, headers, protocols, send, message, json }, context) {
    const url = absoluteUrl(given, context).replace(/^http/i, "ws");
    const wanted = [
      ...(message === undefined ? [] : [`a message that ${describe(message)}`]),
      ...(json === undefined ? [] : [`a message with ${describeFields(json)}`]),
    ];
    const asked = `connect ${url}${send === undefined ? "" : `, send ${send}`}${wanted.length > 0 ? `, expecting ${wanted.join(" and ")}` : ""}`;
    const socket = new WebSocket(url, protocols, {
      headers,
      maxPayload: 16 * 1024 * 1024,
      ...(context.ca === undefined ? {} : { ca: [...rootCertificates, context.ca] }),
    });
    let seen = 0;
    let last = "";
    try {
      const fault = await new Promise<string | undefined>((done) => {
        context.signal.addEventListener("abort", () => done(seen === 0 ? "no answer in time" : "no message fits"), {
          once: true,
        });
        socket.on("error", (error) => done(`no connection: ${error.message}`));
        socket.on("close", (code) => done(`closed with code ${code} before the answer`));
        socket.on("open", () => {
          if (send !== undefined) socket.send(send);
          if (wanted.length === 0) done(undefined);
        });
        socket.on("message", (bytes) => {
          seen += 1;
          last = bytes.toString();
          const fits =
            (message === undefined || unmet(last, message) === undefined) &&
            (json === undefined || unmetFields(parsed(last), json).length === 0);
          if (fits) done(undefined);
          else if (seen >= messageLimit) done(`none of ${seen} messages fits`);
        });
      });
      const answered = seen === 0 ? (fault === undefined ? "connected" : "") : last;
      return {
        ok: fault === undefined,
        asked,
        answered,
        reason: fault ?? (wanted.length === 0 ? "connected" : "the message is as expected"),
      };
    } finally {
      socket.on("error", () => {});
      socket.terminate();
    }
  },
};

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
