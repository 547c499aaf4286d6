import { watchCgroup } from "../monitor/cgroup.js";
import { watchContainer } from "../monitor/container.js";
import { watchMetrics } from "../monitor/metrics-endpoint.js";
import { watchPromql } from "../monitor/promql.js";
import type { Source } from "../monitor/source.js";

/** What is watched besides processes, each under its name. */
export interface WatchedSources {
  readonly cgroups: readonly { readonly name: string; readonly path: string }[];
  readonly containers: readonly { readonly name: string; readonly container: string }[];
  /** As DOCKER_HOST; undefined for this machine's engine. */
  readonly dockerHost: string | undefined;
  readonly metricsUrls: readonly { readonly name: string; readonly url: string }[];
  /** Further metrics of the first page, by the name that they shall have. */
  readonly metrics: Readonly<Record<string, string>>;
  readonly prometheus: string | undefined;
  readonly queries: Readonly<Record<string, string>>;
}

/** @throws {Problem} as each source does; those that were opened are closed then */
export async function openSources(request: WatchedSources): Promise<Source[]> {
  const sources: Source[] = [];
  try {
    for (const { name, path } of request.cgroups) sources.push(watchCgroup({ name, path }));
    for (const { name, container } of request.containers)
      sources.push(await watchContainer({ name, container, dockerHost: request.dockerHost }));
    for (const [i, { name, url }] of request.metricsUrls.entries())
      sources.push(watchMetrics({ name, url, ...(i === 0 ? { metrics: request.metrics } : {}) }));
    if (request.prometheus !== undefined)
      sources.push(watchPromql({ name: "prometheus", url: request.prometheus, queries: request.queries }));
    return sources;
  } catch (error) {
    for (const source of sources) source.close();
    throw error;
  }
}
