import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { availableParallelism, cpus, machine, release, totalmem, type } from "node:os";
import type { K6Options, ScenarioPlan, TlsOptions } from "../model/options.js";
import type { Environment } from "../model/run.js";

/** The machine that this process runs on, as far as it decides what a measurement on it is worth. */
export function readEnvironment(): Environment {
  return {
    os: type(),
    kernel: release(),
    arch: machine(),
    cpuModel: cpus()[0]?.model.trim() || "unknown",
    // What the process may use: a container's share, not the host's cores.
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    node: process.versions.node,
    loadline: ownVersion(),
  };
}

function ownVersion(): string {
  const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}

/**
 * sha256 of what decides how much is sent, when, and over which connections: equal for comparable runs.
 *
 * Thresholds, tags, summary settings and grace periods judge or describe a run and are left out.
 *
 * @param foreignEngine the program that carried the plan out, where it was not ours: no two send the same load
 */
export function optionsDigest(options: K6Options, foreignEngine?: string): string {
  const { network } = options;
  const decisive = {
    scenarios: Object.fromEntries(Object.entries(options.scenarios).map(([name, plan]) => [name, decisiveOf(plan)])),
    batch: options.batch,
    batchPerHost: options.batchPerHost,
    discardResponseBodies: options.discardResponseBodies,
    hosts: options.hosts,
    maxRedirects: options.maxRedirects,
    minIterationDurationMs: options.minIterationDurationMs,
    noConnectionReuse: options.noConnectionReuse,
    noCookiesReset: options.noCookiesReset,
    noVUConnectionReuse: options.noVUConnectionReuse,
    throw: options.throw,
    // Who may be reached, and with whose certificate, changes no load.
    ...(network === undefined ? {} : { network: { rps: network.rps, dns: network.dns, tls: tlsOf(network.tls) } }),
    warmUpMs: options.loadline.warmUpMs ?? 0,
    ...(foreignEngine === undefined ? {} : { engine: foreignEngine }),
    // The seed decides when, not how often; the number of workers is the generator's own affair.
    ...(options.loadline.arrivals === "poisson" ? { arrivals: "poisson" } : {}),
    ...segmentOf(options.raw),
  };
  return createHash("sha256").update(canonicalJson(decisive)).digest("hex");
}

/** A part of a test is another load than the whole. */
function segmentOf({ executionSegment, executionSegmentSequence }: K6Options["raw"]): Record<string, unknown> {
  return typeof executionSegment === "string" && executionSegment !== ""
    ? { executionSegment, executionSegmentSequence: executionSegmentSequence ?? "" }
    : {};
}

function tlsOf(tls: TlsOptions | undefined): Omit<TlsOptions, "auth"> | null {
  if (tls === undefined) return null;
  const { auth: _certificates, ...decisive } = tls;
  return decisive;
}

function decisiveOf(scenario: ScenarioPlan): Record<string, unknown> {
  const indecisive = ["tags", "gracefulStopMs", "gracefulRampDownMs"];
  return Object.fromEntries(Object.entries(scenario).filter(([field]) => !indecisive.includes(field)));
}

/** JSON with keys in alphabetical order, so that equal values give equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === "object" && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
