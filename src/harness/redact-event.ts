import { redactText } from "../model/redact.js";
import type { EngineEvent } from "./protocol.js";

/**
 * What leaves the engine's thread to be read by people or kept in files, without secrets: log lines, warnings, the
 * texts of exceptions, the reason of an early end. Samples and windows pass as they are: their tags are kept without.
 */
export function redactEvent(event: EngineEvent): EngineEvent {
  switch (event.type) {
    case "log":
    case "exception":
    case "warning":
      return { ...event, text: redactText(event.text) };
    case "planned":
      return { ...event, plan: { ...event.plan, warnings: event.plan.warnings.map(redactText) } };
    case "problem": {
      const { message, at, found, hint } = event.problem;
      return {
        ...event,
        problem: {
          ...event.problem,
          message: redactText(message),
          at: at === undefined ? undefined : redactText(at),
          hint: hint === undefined ? undefined : redactText(hint),
          ...(found === undefined ? {} : { found: redactText(String(found)) }),
        },
      };
    }
    case "halting":
      return { ...event, reason: redactText(event.reason) };
    case "ended": {
      const { reason } = event.end;
      const exceptions = event.exceptions.map((one) => ({ ...one, message: redactText(one.message) }));
      return {
        ...event,
        exceptions,
        end: reason === undefined ? event.end : { ...event.end, reason: redactText(reason) },
      };
    }
    case "packed":
    case "met":
    case "preparing":
    case "phase":
    case "window":
    case "samples":
    case "summarised":
      return event;
  }
}
