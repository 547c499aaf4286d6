import type { Routes } from "./api.js";
import type { DemoMetrics } from "./metrics.js";
import { json, type Reply } from "./reply.js";

/** What the service says about itself; none of it takes time. */
export function healthRoutes(metrics: DemoMetrics, state: { readonly closing: boolean }): Routes {
  const startMs = performance.now();
  const at = (reply: Reply) => ({ reply, delayMs: 0 });
  const uptimeSeconds = () => Math.floor((performance.now() - startMs) / 1000);
  return {
    "/health": {
      GET: () =>
        at(json(200, { status: "ok", degraded: false, next_recovery_eta: null, uptimeSeconds: uptimeSeconds() })),
    },
    "/health/live": { GET: () => at(json(200, { status: "alive" })) },
    "/health/ready": {
      GET: () => at(state.closing ? json(503, { status: "closing" }) : json(200, { status: "ready" })),
    },
    "/metrics": {
      async GET() {
        return at({ status: 200, body: await metrics.text(), contentType: metrics.contentType });
      },
    },
  };
}
