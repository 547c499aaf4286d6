import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { rootCertificates } from "node:tls";
import * as z from "zod";
import { absoluteUrl } from "./call.js";
import { conditionSchema, describe, unmet } from "./condition.js";
import { commonFields, retryFields } from "./fields.js";
import { describeFields, unmetFields } from "./json-path.js";
import type { ProbeKind } from "./probe-kind.js";

const schema = z.strictObject({
  kind: z.literal("sse"),
  ...commonFields,
  ...retryFields,
  url: z.string(),
  headers: z.record(z.string(), z.string()).default({}),
  /** Only events of this type count. */
  event: z.string().optional(),
  /** So many fitting events must arrive. */
  events: z.number().int().min(1).max(100_000).default(1),
  data: conditionSchema.optional(),
  json: z.record(z.string(), conditionSchema).optional(),
});

interface ServerEvent {
  readonly type: string;
  readonly text: string;
}

/** A stream of server-sent events delivers. */
export const sseKind: ProbeKind<typeof schema> = {
  schema,
  timeoutMs: 15_000,
  ask({ url: given, headers, event, events, data, json }, context) {
    const url = new URL(absoluteUrl(given, context));
    const what = [
      ...(event === undefined ? [] : [`of type ${event}`]),
      ...(data === undefined ? [] : [`whose data ${describe(data)}`]),
      ...(json === undefined ? [] : [`with ${describeFields(json)}`]),
    ];
    const asked = `GET ${url}, expecting ${events} events ${what.join(" ")}`.trimEnd();
    const parser = new EventParser();
    let seen = 0;
    let fitting = 0;
    let last = "";
    return new Promise((resolve) => {
      const done = (fault: string | undefined): void => {
        request.destroy();
        const reason = fault ?? `${fitting} events arrived`;
        resolve({
          ok: fault === undefined,
          asked,
          answered: `${seen} events${last === "" ? "" : `, the last: ${last}`}`,
          reason,
        });
      };
      const send = url.protocol === "https:" ? httpsRequest : httpRequest;
      const request = send(url, {
        headers: { accept: "text/event-stream", ...headers },
        agent: false,
        ...(context.ca === undefined ? {} : { ca: [...rootCertificates, context.ca] }),
      });
      context.signal.addEventListener(
        "abort",
        () => done(`${fitting} of ${events} fitting events in time${seen > fitting ? `, ${seen} in all` : ""}`),
        { once: true },
      );
      request.on("error", (error) => done(`no stream: ${error.message}`));
      request.on("response", (response) => {
        const type = response.headers["content-type"] ?? "none";
        if (response.statusCode !== 200) return done(`the status is ${response.statusCode}, not 200`);
        if (!/^text\/event-stream\b/i.test(type)) return done(`the content type is ${type}, not text/event-stream`);
        response.setEncoding("utf8");
        response.on("data", (text: string) => {
          for (const one of parser.take(text)) {
            seen += 1;
            last = one.text;
            if (event !== undefined && one.type !== event) continue;
            if (data !== undefined && unmet(one.text, data) !== undefined) continue;
            if (json !== undefined && unmetFields(parsed(one.text), json).length > 0) continue;
            fitting += 1;
            if (fitting >= events) return done(undefined);
          }
          if (parser.held > 1024 * 1024) done("an event is longer than a megabyte");
        });
        response.on("error", (error) => done(`the stream broke off: ${error.message}`));
        response.on("end", () => done(`the stream ended after ${fitting} of ${events} fitting events`));
      });
      request.end();
    });
  },
};

/** https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation */
export class EventParser {
  private rest = "";
  private type = "";
  private readonly lines: string[] = [];
  /** Characters of the event that is not complete yet. */
  held = 0;

  *take(text: string): Generator<ServerEvent> {
    this.rest += text;
    // A carriage return at the end may be the first half of a line's end.
    const complete = this.rest.endsWith("\r") ? this.rest.slice(0, -1) : this.rest;
    const lines = complete.split(/\r\n|\n|\r/);
    this.rest = lines.pop()! + this.rest.slice(complete.length);
    for (const line of lines) {
      if (line === "") {
        if (this.lines.length > 0)
          yield { type: this.type === "" ? "message" : this.type, text: this.lines.join("\n") };
        this.lines.length = 0;
        this.type = "";
        continue;
      }
      const [, field = line, value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
      if (field === "data") this.lines.push(value);
      else if (field === "event") this.type = value;
    }
    this.held = this.rest.length + this.lines.reduce((sum, line) => sum + line.length, 0);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
