import {
  builtInMetrics,
  type Metric,
  type MetricContains,
  type MetricType,
  type SeriesKey,
  type Tags,
} from "../model/metric.js";
import { exitCodes, Problem } from "../model/problem.js";
import { redactTags, redactText } from "../model/redact.js";
import type { HttpSample, SampleSink, TagSet } from "../model/vu.js";
import type { CheckCount, Series, SeriesValue } from "../model/window.js";
import { type LiveSeries, liveSeries } from "./series.js";
import { isUnanswered } from "./unanswered.js";

/** Distinct values of the `name` tag that get series of their own. */
const endpointLimit = 100;
/** Tag sets that are kept; beyond, each is resolved anew, so that ever new URLs cost time but no memory. */
const tagSetLimit = 10_000;
/** Names made from data would fill the memory and the manifest. */
const mostGroups = 10_000;

/** Metrics that are broken out by endpoint. */
const byEndpoint = new Set(["http_req_duration", "http_req_response_time", "http_req_failed"]);

interface MetricState {
  readonly metric: Metric;
  readonly index: number;
  readonly total: LiveSeries;
  readonly submetrics: LiveSeries[];
}

interface CountedCheck {
  readonly name: string;
  readonly groupPath: string;
  passes: number;
  fails: number;
  /** Counted since the last window was closed. */
  changed: boolean;
}

class InternedTags implements TagSet {
  /** By metric index: the series that a sample with these tags goes to. */
  readonly targets: (readonly LiveSeries[] | undefined)[] = [];
  /** The target was not reached at all: no address for its name, or no connection. */
  readonly unanswered: boolean;
  constructor(readonly tags: Tags) {
    this.unanswered = isUnanswered(tags);
  }
}

/** What the recorder hands over when a window closes. */
export interface RecordedWindow {
  readonly newSeries: readonly Series[];
  readonly values: readonly { readonly id: number; readonly value: SeriesValue }[];
  readonly checks: readonly CheckCount[];
  /** Paths of the groups that were entered for the first time. */
  readonly newGroups: readonly string[];
  /** Requests that did not reach the target, and those of them that failed for want of sockets, ports or files of our own. */
  readonly unanswered: number;
  readonly ownSocketErrors: number;
}

/**
 * Turns samples into series, in the engine's thread.
 *
 * A tag set remembers which series its samples belong to, so that a sample costs a lookup and a few increments.
 */
export class Recorder implements SampleSink {
  private readonly metrics = new Map<string, MetricState>();
  private readonly interned = new Map<string, InternedTags>();
  private readonly all: LiveSeries[] = [];
  private readonly endpoints = new Map<string, Map<string, LiveSeries>>();
  private readonly wanted = new Map<string, Tags[]>();
  /** By group path, then by name: a key made of both would have to be built and hashed for each check. */
  private readonly checks = new Map<string, Map<string, CountedCheck>>();
  private changedChecks: CountedCheck[] = [];
  private readonly groups = new Set<string>();
  private newGroups: string[] = [];
  private readonly warned = new Set<string>();
  private readonly http: readonly MetricState[];
  private readonly response: MetricState;
  private readonly failed: MetricState;
  private readonly checked: MetricState;
  private readonly noTags: InternedTags;
  private announced = 0;
  /** Shortest time from request to end of response so far; infinite while there was none. */
  private fastestMs = Number.POSITIVE_INFINITY;
  private unanswered = 0;
  private ownSocketErrors = 0;

  constructor(private readonly onWarning: (code: string, message: string) => void) {
    this.want({ metric: "http_req_duration", tags: { expected_response: "true" } });
    const state = (metric: Metric): MetricState => this.stateOf(metric);
    const m = builtInMetrics;
    this.http = [
      state(m.http_reqs),
      state(m.http_req_duration),
      state(m.http_req_blocked),
      state(m.http_req_connecting),
      state(m.http_req_tls_handshaking),
      state(m.http_req_sending),
      state(m.http_req_waiting),
      state(m.http_req_receiving),
      state(m.data_sent),
      state(m.data_received),
    ];
    this.response = state(m.http_req_response_time);
    this.failed = state(m.http_req_failed);
    this.checked = state(m.checks);
    for (const metric of Object.values(m)) this.stateOf(metric);
    this.noTags = new InternedTags({});
  }

  /** Keeps a submetric apart, as thresholds ask for it; to be called before the first sample. */
  want(key: SeriesKey): void {
    if (Object.keys(key.tags).length === 0) return;
    const wanted = this.wanted.get(key.metric) ?? [];
    if (wanted.some((other) => sameTags(other, key.tags))) return;
    wanted.push(key.tags);
    this.wanted.set(key.metric, wanted);
    const state = this.metrics.get(key.metric);
    if (state !== undefined) state.submetrics.push(this.open(state.metric, key.tags));
  }

  define(name: string, type: MetricType, contains: MetricContains): Metric {
    const known = this.metrics.get(name);
    if (known !== undefined) {
      if (known.metric.type === type && known.metric.contains === contains) return known.metric;
      throw new Problem("metric.redefined", `The metric ${name} already exists as a ${known.metric.type}.`, {
        at: name,
        found: type,
        expected: known.metric.type,
        hint: "Give the new metric another name.",
        exitCode: exitCodes.scriptException,
      });
    }
    if (!/^[a-zA-Z_][a-zA-Z0-9_]{0,128}$/.test(name)) {
      throw new Problem("metric.name-invalid", `"${name}" is not a metric name.`, {
        at: name,
        expected: "a letter or underscore, then at most 128 letters, digits and underscores",
      });
    }
    return this.stateOf({ name, type, contains }).metric;
  }

  /** The one set for these tags. What is kept of them holds no secrets: it goes into files and reports. */
  tagSet(tags: Tags): TagSet {
    const key = keyOfTags(tags);
    const known = this.interned.get(key);
    if (known !== undefined) return known;
    const safe = redactTags(tags);
    if (safe !== tags) {
      const set = this.tagSet(safe);
      // Only to be quick about the next one: a token in each URL makes no new series.
      if (this.interned.size < tagSetLimit) this.interned.set(key, set as InternedTags);
      return set;
    }
    const fresh = new InternedTags({ ...tags });
    if (this.interned.size < tagSetLimit) this.interned.set(key, fresh);
    else this.warnOfSeries();
    return fresh;
  }

  add(metric: Metric, value: number, tags: TagSet): void {
    if (!Number.isFinite(value)) {
      this.warn(`metric.not-finite.${metric.name}`, `${metric.name} was given ${value}; such values are left out.`);
      return;
    }
    if (value < 0 && metric.type === "trend") {
      this.warn(
        `metric.negative.${metric.name}`,
        `${metric.name} was given a negative value; a trend counts it as 0, because its histogram begins there.`,
      );
    }
    this.put(this.stateOf(metric), value, tags as InternedTags);
  }

  addHttp(sample: HttpSample, latenessMs: number, tags: TagSet): void {
    const set = tags as InternedTags;
    const http = this.http;
    const durationMs = sample.sendingMs + sample.waitingMs + sample.receivingMs;
    this.put(http[0]!, 1, set);
    this.put(http[1]!, durationMs, set);
    this.put(http[2]!, sample.blockedMs, set);
    this.put(http[3]!, sample.connectingMs, set);
    this.put(http[4]!, sample.tlsHandshakingMs, set);
    this.put(http[5]!, sample.sendingMs, set);
    this.put(http[6]!, sample.waitingMs, set);
    this.put(http[7]!, sample.receivingMs, set);
    this.put(http[8]!, sample.sentBytes, set);
    this.put(http[9]!, sample.receivedBytes, set);
    const tookMs = sample.endMs - sample.startMs;
    if (tookMs < this.fastestMs) this.fastestMs = tookMs;
    // Count from the due time: what delayed the iteration delayed each of its requests.
    this.put(this.response, tookMs + latenessMs, set);
    if (set.unanswered) this.unanswered += 1;
    if (sample.ownFault === true) this.ownSocketErrors += 1;
    if (sample.failed !== undefined) this.put(this.failed, sample.failed ? 1 : 0, set);
  }

  addCheck(name: string, groupPath: string, ok: boolean, tags: TagSet): void {
    let count = this.checks.get(groupPath)?.get(name);
    if (count === undefined) {
      count = this.countOf(redactText(name), redactText(groupPath));
      this.checksOf(groupPath).set(name, count);
    }
    this.countCheck(count, ok ? 1 : 0, ok ? 0 : 1);
    this.put(this.checked, ok ? 1 : 0, tags as InternedTags);
  }

  /** A group of checks and requests, whether or not any are made in it. */
  enterGroup(groupPath: string): void {
    if (this.groups.has(groupPath)) return;
    if (this.groups.size >= mostGroups) {
      this.warn(
        "groups",
        `More than ${mostGroups} groups: those without checks are left out from here on. Give groups fixed names.`,
      );
      return;
    }
    this.groups.add(groupPath);
    this.newGroups.push(redactText(groupPath));
  }

  /**
   * The least that an arrival would have waited which found no free VU.
   *
   * Once served it would have taken as long as the fastest request so far, at least. It goes into the total of response
   * time only, and only where requests are made at all: leaving it out would hide the very queue that response
   * time is there to show.
   */
  addResponseLowerBound(waitedMs: number): void {
    if (this.fastestMs < Number.POSITIVE_INFINITY) this.response.total.add(waitedMs + this.fastestMs);
  }

  /** A built-in metric without tags, such as `vus`. */
  addPlain(metric: Metric, value: number): void {
    this.put(this.stateOf(metric), value, this.noTags);
  }

  warn(code: string, message: string): void {
    if (this.warned.has(code)) return;
    this.warned.add(code);
    this.onWarning(code, message);
  }

  get definedMetrics(): Metric[] {
    return [...this.metrics.values()].map(({ metric }) => metric);
  }

  /** Everything since the last call; the series then start from zero. */
  closeWindow(): RecordedWindow {
    const values: { id: number; value: SeriesValue }[] = [];
    for (const live of this.all) {
      const value = live.drain();
      if (value !== undefined) values.push({ id: live.series.id, value });
    }
    const newSeries = this.all.slice(this.announced).map((live) => live.series);
    this.announced = this.all.length;
    const checks = this.changedChecks.map((count) => {
      count.changed = false;
      const { name, groupPath, passes, fails } = count;
      return { name, groupPath, passes, fails };
    });
    this.changedChecks = [];
    const { unanswered, ownSocketErrors, newGroups } = this;
    this.newGroups = [];
    this.unanswered = 0;
    this.ownSocketErrors = 0;
    return { newSeries, values, checks, newGroups, unanswered, ownSocketErrors };
  }

  /** Forgets every value so far, as after a warm-up; the series stay and are announced anew. */
  discard(): void {
    this.announced = 0;
    for (const live of this.all) live.drain();
    this.checks.clear();
    this.changedChecks = [];
    this.groups.clear();
    this.newGroups = [];
    this.unanswered = 0;
    this.ownSocketErrors = 0;
  }

  /** Puts a window's values back, as what setup recorded before a warm-up that was discarded. */
  restore(window: RecordedWindow): void {
    for (const { id, value } of window.values) this.all[id]!.absorb(value);
    for (const { name, groupPath, passes, fails } of window.checks) {
      this.countCheck(this.countOf(name, groupPath), passes, fails);
    }
    for (const groupPath of window.newGroups) this.enterGroup(groupPath);
    this.unanswered += window.unanswered;
    this.ownSocketErrors += window.ownSocketErrors;
  }

  /** Names that differ in their secrets only are one check. */
  private countOf(name: string, groupPath: string): CountedCheck {
    const ofGroup = this.checksOf(groupPath);
    const known = ofGroup.get(name);
    if (known !== undefined) return known;
    const fresh: CountedCheck = { name, groupPath, passes: 0, fails: 0, changed: false };
    ofGroup.set(name, fresh);
    return fresh;
  }

  private checksOf(groupPath: string): Map<string, CountedCheck> {
    let ofGroup = this.checks.get(groupPath);
    if (ofGroup === undefined) {
      ofGroup = new Map();
      this.checks.set(groupPath, ofGroup);
    }
    return ofGroup;
  }

  private countCheck(check: CountedCheck, passes: number, fails: number): void {
    check.passes += passes;
    check.fails += fails;
    if (check.changed) return;
    check.changed = true;
    this.changedChecks.push(check);
  }

  private put(state: MetricState, value: number, set: InternedTags): void {
    const targets = set.targets[state.index] ?? this.resolve(state, set);
    for (let i = 0; i < targets.length; i += 1) targets[i]!.add(value);
  }

  private resolve(state: MetricState, set: InternedTags): readonly LiveSeries[] {
    const targets = [state.total];
    for (const submetric of state.submetrics) {
      if (includesTags(set.tags, submetric.series.tags)) targets.push(submetric);
    }
    const name = set.tags.name;
    if (name !== undefined && byEndpoint.has(state.metric.name)) {
      const endpoint = this.endpointSeries(state, name);
      if (endpoint !== undefined && !targets.includes(endpoint)) targets.push(endpoint);
    }
    set.targets[state.index] = targets;
    return targets;
  }

  private endpointSeries(state: MetricState, name: string): LiveSeries | undefined {
    let known = this.endpoints.get(state.metric.name);
    if (known === undefined) {
      known = new Map();
      this.endpoints.set(state.metric.name, known);
    }
    let live = known.get(name);
    if (live === undefined) {
      if (known.size >= endpointLimit) {
        this.warnOfSeries();
        return undefined;
      }
      const declared = state.submetrics.find((sub) => sameTags(sub.series.tags, { name }));
      live = declared ?? this.open(state.metric, { name });
      known.set(name, live);
    }
    return live;
  }

  private warnOfSeries(): void {
    this.warn(
      "series.too-many",
      `The script makes ever new series: more than ${endpointLimit} different names of requests. ` +
        'Further ones count in the totals only. Group them with a fixed name: http.get(url, { tags: { name: "/items/:id" } }).',
    );
  }

  private stateOf(metric: Metric): MetricState {
    const known = this.metrics.get(metric.name);
    if (known !== undefined) return known;
    const state: MetricState = {
      metric,
      index: this.metrics.size,
      total: this.open(metric, {}),
      submetrics: (this.wanted.get(metric.name) ?? []).map((tags) => this.open(metric, tags)),
    };
    this.metrics.set(metric.name, state);
    return state;
  }

  private open(metric: Metric, tags: Tags): LiveSeries {
    const live = liveSeries(this.all.length, metric, tags);
    this.all.push(live);
    return live;
  }
}

function keyOfTags(tags: Tags): string {
  let key = "";
  for (const name of Object.keys(tags).sort()) key += `${name}\u0001${tags[name]}\u0002`;
  return key;
}

function includesTags(tags: Tags, wanted: Tags): boolean {
  for (const name in wanted) if (tags[name] !== wanted[name]) return false;
  return true;
}

function sameTags(a: Tags, b: Tags): boolean {
  return includesTags(a, b) && includesTags(b, a);
}
