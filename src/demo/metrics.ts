import { Counter, collectDefaultMetrics, Histogram, Registry } from "prom-client";

/** The target's own figures, in Prometheus' text format. */
export interface DemoMetrics {
  observe(method: string, route: string, status: number, seconds: number): void;
  cacheLookup(hit: boolean): void;
  text(): Promise<string>;
  readonly contentType: string;
  close(): void;
}

const bucketsSeconds = [0.001, 0.0025, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

export function startMetrics(): DemoMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const duration = new Histogram({
    name: "http_request_duration_seconds",
    help: "From the request's arrival to its answer.",
    labelNames: ["method", "route", "status"],
    buckets: bucketsSeconds,
    registers: [registry],
  });
  const hits = new Counter({ name: "cache_hits_total", help: "Items found in the cache.", registers: [registry] });
  const misses = new Counter({ name: "cache_misses_total", help: "Items not in the cache.", registers: [registry] });

  // Looking labels up costs more than observing; routes, methods and statuses are few.
  const children = new Map<string, { observe(value: number): void }>();
  return {
    observe(method, route, status, seconds) {
      const key = `${method} ${route} ${status}`;
      let child = children.get(key);
      if (child === undefined) {
        child = duration.labels({ method, route, status: String(status) });
        children.set(key, child);
      }
      child.observe(seconds);
    },
    cacheLookup(hit) {
      (hit ? hits : misses).inc();
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
    close: () => registry.clear(),
  };
}
