import type { RunRecord } from "../../src/model/run.js";
import { syntheticRun } from "./synthetic.js";

export const hostileNames = [
  "</script><script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "a|b`c`[d](http://evil.example)@everyone",
  "\u001b[2J\u0007]]>\u0000\ud800",
];

/** A run whose every name tries to be markup. */
export function hostileRun(): RunRecord {
  const record = syntheticRun({ seconds: 5, rate: 20, endpoints: hostileNames });
  const name = hostileNames.join("");
  const manifest = structuredClone(record.manifest);
  manifest.scenario = name;
  manifest.labels = { [name]: name };
  manifest.warnings = [name];
  manifest.endReason = name;
  manifest.command = ["loadline", name];
  manifest.summary!.root_group.checks[0]!.name = name;
  manifest.thresholds[0]!.metric = name;
  manifest.resources[0]!.events.push({ atMs: 10, event: name });
  return { ...record, manifest, damage: [name] };
}
