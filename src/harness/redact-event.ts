import { redactText } from "../model/redact.js";
import type { EngineEvent } from "./protocol.js";

/**
 * What leaves the engine's thread to be read by people or kept in files, without secrets: log lines, warnings, the
 * texts of exceptions, the reason of an early end. Samples and windows pass as they are: their tags are kept without.
 */
export function redactEvent(event: EngineEvent): EngineEvent {
  switch (event.type) {
    case "log":
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
    case "ended": {
      const { reason } = event.end;
      return reason === undefined ? event : { ...event, end: { ...event.end, reason: redactText(reason) } };
    }
    case "preparing":
    case "phase":
    case "window":
    case "samples":
    case "summarised":
      return event;
  }
}
