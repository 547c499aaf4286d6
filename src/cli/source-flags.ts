import { type Command, InvalidArgumentError, Option } from "commander";
import type { WatchedSources } from "../harness/sources.js";
import type { StopRules } from "../harness/words.js";
import { parseStopRule } from "../harness/words.js";
import { type NamedValue, pairs, type SourceFlags } from "./run-flags.js";

/** Flags for what is watched besides processes, shared by `run` and `watch`. */
export function addSourceFlags(command: Command): Command {
  return command
    .addOption(
      new Option("--cgroup <[name=]path>", "watch a control group, v1 or v2; may be repeated").argParser(
        named("cgroup"),
      ),
    )
    .addOption(
      new Option(
        "--container <[name=]container>",
        "watch a container by name or id (DOCKER_HOST is honoured); may be repeated",
      ).argParser(named("container")),
    )
    .addOption(
      new Option("--metrics-url <[name=]url>", "watch a Prometheus metrics page; may be repeated").argParser(
        named("metrics"),
      ),
    )
    .addOption(
      new Option(
        "--metric <name=metric>",
        'a further metric of the first page, such as queue=jobs_waiting{queue="mail"}',
      ).argParser(pairs),
    )
    .option("--prometheus <url>", "a Prometheus server to ask")
    .addOption(
      new Option(
        "--query <name=expr>",
        "PromQL for it; rss, heap, cpu, fds and threads are figures of the target",
      ).argParser(pairs),
    )
    .addOption(
      new Option(
        "--stop-when <rule>",
        'end early: "memory > 1GB", "fds > 1000", "leak certain"; may be repeated',
      ).argParser((text: string, before: StopRules = []): StopRules => [...before, parseStopRule(text)]),
    );
}

/** The flags as the harness wants them. */
export function sourcesOf(flags: SourceFlags): WatchedSources {
  return {
    cgroups: (flags.cgroup ?? []).map(({ name, value }) => ({ name, path: value })),
    containers: (flags.container ?? []).map(({ name, value }) => ({ name, container: value })),
    dockerHost: process.env.DOCKER_HOST || undefined,
    metricsUrls: (flags.metricsUrl ?? []).map(({ name, value }) => ({ name, url: value })),
    metrics: flags.metric ?? {},
    prometheus: flags.prometheus,
    queries: flags.query ?? {},
  };
}

/** `[NAME=]VALUE`; unnamed ones are called by their kind. A URL's own "=" is none of ours. */
function named(kind: string) {
  return (text: string, before: readonly NamedValue[] = []): NamedValue[] => {
    const match = /^([A-Za-z][\w-]*)=(.+)$/s.exec(text);
    const name = match?.[1] ?? (before.length === 0 ? kind : `${kind}-${before.length + 1}`);
    const value = match?.[2] ?? text;
    if (value === "") throw new InvalidArgumentError("Something to watch was expected.");
    if (before.some((other) => other.name === name)) throw new InvalidArgumentError(`The name ${name} is used twice.`);
    return [...before, { name, value }];
  };
}
