import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as z from "zod";
import { statementSchema } from "../../src/checklist/statement.js";
import { subsystemsOf } from "../../src/checklist/subsystems.js";
import type { ProbeResult } from "../../src/model/probe.js";
import type { RunManifest } from "../../src/model/run.js";
import { evidenceOf, now, runOf } from "./worlds.js";

function answer(name: string, state: ProbeResult["state"], reason = ""): ProbeResult {
  return { name, kind: "http", state, at: now.toISOString(), asked: "", answered: "", reason, durationMs: 1 };
}

function silentOf(
  declared: Partial<NonNullable<RunManifest["declared"]>>,
  probes: readonly ProbeResult[] = [],
  change: Partial<RunManifest> = {},
  lastFigureMs: readonly (readonly [string, number])[] = [["target", 3_600_000]],
) {
  const whole = { scenarios: [], sources: [], probes: [], ...declared };
  const run = { ...runOf({ ...change, declared: whole }), lastFigureMs: new Map(lastFigureMs) };
  return subsystemsOf(evidenceOf({ run, probes })).silent.map(({ reason }) => reason);
}

test("a probe that was declared and not asked, or could not be put, is silent; one that failed has spoken", () => {
  const probes = [answer("health", "pass"), answer("tls", "error", "no route to host"), answer("limit", "fail", "x")];
  expect(silentOf({ probes: ["health", "tls", "limit", "logs"] }, probes)).toEqual([
    "The probe tls could not be asked: no route to host.",
    "The probe logs is declared in the config and was not asked.",
  ]);
  const again = [answer("tls", "error", "busy"), answer("tls", "pass")];
  expect(silentOf({ probes: ["tls"] }, again)).toEqual([]);
});

test("a source is silent that gave no figure, or none any more; a missed look is not silence", () => {
  const events = [{ atMs: 1, event: "unavailable: connection refused" }];
  const resources = [{ source: "db", samples: 9, events }];
  expect(silentOf({ sources: ["target", "db"] }, [], { resources })).toEqual([
    "The source db was watched and gave no figure (unavailable: connection refused).",
  ]);
  expect(silentOf({ sources: ["target"] }, [], {}, [["target", 1_800_000]])).toEqual([
    "The source target gave its last figure at 30m of 1h.",
  ]);
  expect(silentOf({ sources: ["target"] }, [], {}, [["target", 3_300_000]])).toEqual([]);
});

test("a scenario among several that made no iteration is silent; alone, the run's own count tells", () => {
  expect(silentOf({ scenarios: ["browse"] })).toEqual([]);
  expect(silentOf({ scenarios: ["browse", "buy"] })).toEqual([
    "The scenario browse was planned and made no iteration.",
    "The scenario buy was planned and made no iteration.",
  ]);
});

test("a run that did not note what was declared tells of its sources and answers alone", () => {
  const resources = [{ source: "db", samples: 1, events: [] }];
  const { heard, silent } = subsystemsOf(evidenceOf({ run: runOf({ resources }), probes: [answer("health", "pass")] }));
  expect(heard).toEqual([{ kind: "probe", name: "health" }]);
  expect(silent.map(({ name }) => name)).toEqual(["db"]);
});

test("the statement's schema in the docs is the one that statements are read by", () => {
  const path = join(import.meta.dirname, "../../docs/signoff.schema.json");
  const { title: _, ...documented } = JSON.parse(readFileSync(path, "utf8"));
  expect(documented).toEqual(JSON.parse(JSON.stringify(z.toJSONSchema(statementSchema))));
});
