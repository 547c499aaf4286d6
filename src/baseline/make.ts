import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Baseline, BaselineRun } from "../model/baseline.js";
import { floorsOfVerdicts } from "../model/leak.js";
import type { RunRecord, SeriesHistory } from "../model/run.js";
import { encodeHistogram } from "../record/codec.js";
import { runFiles } from "../record/folder.js";
import { Histogram } from "../stats/histogram.js";
import { commonLabels, containsOf, ratesOf } from "./sides.js";

const minuteMs = 60_000;

export interface Acceptance {
  readonly name: string;
  /** Who accepts. */
  readonly by: string;
  /** Why; may be empty. */
  readonly note: string;
  /** Laid over the labels on which all runs agree. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** When; now unless given. */
  readonly at?: Date;
}

/** The baseline that acceptable runs make. */
export function makeBaseline(
  records: readonly RunRecord[],
  { name, by, note, labels = {}, at = new Date() }: Acceptance,
): Baseline {
  const { scenario, script, optionsDigest, environment } = records[0]!.manifest;
  const contains = containsOf(records);
  return {
    schema: "loadline.baseline/2",
    name,
    scenario,
    acceptedAt: at.toISOString(),
    acceptedBy: by,
    note,
    scriptSha256: script.sha256,
    optionsDigest,
    labels: byName(Object.entries({ ...commonLabels(records), ...labels })),
    environment,
    ...(Object.keys(contains).length === 0 ? {} : { contains }),
    runs: records
      .map((record) => makeRun(record, { acceptedAt: at.toISOString(), acceptedBy: by }))
      .sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1)),
  };
}

function makeRun(record: RunRecord, accepted: Pick<BaselineRun, "acceptedAt" | "acceptedBy">): BaselineRun {
  const { id, startedAt, validity, load, resources } = record.manifest;
  const floors = floorsOfVerdicts(record.manifest.leaks);
  // Only the series that are written second by second can be cut into minutes.
  const fine = [...record.histories].filter(([, history]) => history.series.windowsPerLine === 1);
  return {
    id,
    ...accepted,
    sha256: createHash("sha256")
      .update(readFileSync(join(record.folder, runFiles.manifest)))
      .digest("hex"),
    startedAt,
    validity,
    ...(load === undefined ? {} : { load }),
    rates: ratesOf(record),
    resources,
    ...(floors.length === 0 ? {} : { floors }),
    totals: byName([...record.totals].map(([series, histogram]) => [series, encodeHistogram(histogram)])),
    minutes: byName(fine.map(([series, history]) => [series, minutesOf(history)])),
  };
}

/** One histogram a minute from the run's start, empty ones included, so that the index is the minute. */
function minutesOf({ lines }: SeriesHistory): string[] {
  const minutes: Histogram[] = [];
  for (const { startMs, histogram } of lines) {
    const minute = Math.max(0, Math.floor(startMs / minuteMs));
    while (minutes.length <= minute) minutes.push(new Histogram());
    minutes[minute]!.merge(histogram);
  }
  return minutes.map((minute) => encodeHistogram(minute.toData()));
}

/** Keys in alphabetical order: the file must not change because a series happened to come first. */
function byName<T>(entries: readonly (readonly [string, T])[]): Record<string, T> {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
}
