import type { Clause } from "../model/checklist.js";
import { disagreements } from "./agreement.js";
import { parseBinding } from "./binding.js";
import { type Promised, promisesOf } from "./promises.js";

interface Rule {
  readonly when: RegExp;
  /** A word that shows that the sentence is about something else. */
  readonly unless?: RegExp;
  /** @returns undefined where the sentence lacks what the binding needs */
  readonly make: (sentence: string, promised: readonly Promised[]) => string | undefined;
}

// Words and papers are a person's to vouch for, whatever else the sentence mentions.
const papers = new RegExp(
  [
    String.raw`\b(?:documented|trained|notified|briefed|communicated)\b`,
    String.raw`\b(?:documentation|runbooks?|diagrams?|guides?|training materials|release notes)\b.*\b(?:updated|complete|created|written|published|reviewed)\b`,
    String.raw`\b(?:scripts|review|plan|strategy)\b.*\b(?:reviewed|conducted|prepared|defined)\b`,
    String.raw`\bmanual testing completed\b|\bby on-call personnel\b`,
  ].join("|"),
  "i",
);

const always =
  (binding: string): Rule["make"] =>
  () =>
    binding;
const probe = (name: string): Rule["make"] => always(`probe ${name}`);

/** Each kind of evidence that sentences of checklists ask for, in the order in which it is looked for. */
const rules: readonly Rule[] = [
  { when: papers, make: (sentence) => `attest role=${roleOf(sentence)} expires=90d` },
  {
    when: /\b(?:latency|response times?|p\d\d|percentile)\b/i,
    unless: /\bv\d+\b.*\bv\d+\b|\balerts?\b/i,
    make: latencies,
  },
  { when: /\berror rate\b|\bfailure (?:rate|ratio)\b/i, unless: /\balerts?\b/i, make: errorRate },
  { when: /\bthroughput\b/i, make: throughput },
  { when: /\bload[ -]test\b|\bsustain|\bhandles?\b|\bqps\b|\brps\b/i, make: load },
  { when: /\bconcurrent\b|\bparallel requests\b/i, make: concurrency },
  { when: /\bmemory\b/i, make: memoryLimit },
  { when: /\bcpu\b/i, make: cpuLimit },
  {
    when: /\bmemory leaks?\b|\bmemory (?:stability|stable|usage stable|usage (?:is|remains|stays) stable)\b/i,
    make: stability,
  },
  { when: /\bno (?:unexpected |abnormal )?error rate spikes?\b/i, make: always("verdict pass http_req_failed rate") },
  {
    when: /\bresponse times? (?:is|are) (?:within|acceptable)\b/i,
    make: always("verdict pass http_req_response_time"),
  },
  { when: /\bthroughput is within\b/i, make: always("verdict pass throughput rate") },
  { when: /\bresource utili[sz]ation is within\b/i, make: always("verdict pass rss; verdict pass cpu") },
  { when: /\bno bottlenecks?\b/i, make: always("headroom > 0%") },
  { when: /\bperformance benchmarks? met\b/i, make: always("verdict pass") },
  {
    when: /\bcache[ -]hit[ -]ratio\b|\bcache hit rate\b/i,
    unless: /\balert|\blower\b|\btest\b/i,
    make: probe("cache-hit-ratio"),
  },
  {
    when: /\btest alert\b|\btrigger\b.*\bto see\b|\bto test `?\w*(?:Ratio|Alert)|\bto ensure `?\w*Violation/i,
    make: alert,
  },
  { when: /\btoken rotation\b|\bold tokens?\b.*\bnew\b/i, make: probe("token-rotation") },
  { when: /\brate[ -]limit(?:ing|er)\b/i, make: probe("rate-limit") },
  { when: /\bstructured log(?:s|ging)\b/i, unless: /\bmetrics,/i, make: probe("structured-logs") },
  { when: /\bwebsocket\b.*\b(?:accepts?|connect)/i, make: probe("websocket") },
  { when: /\bsse (?:endpoints?|stream)|\bserver-sent events\b/i, make: probe("sse") },
  { when: /\btls certificates?\b|\bcertificates? (?:are|is) valid\b|\btls enabled\b/i, make: probe("tls") },
  {
    when: /\b(?:verify|required|all) environment variables\b|\benvironment variables (?:are |is )?set\b/i,
    make: probe("env-present"),
  },
  {
    when: /\bsimulate a crash\b|\bauto-?restarts on failure\b|\bcrash recovery\b|\brecovery duration\b/i,
    make: probe("crash-recovery"),
  },
  { when: /\bservice health endpoints? returns? 200\b/i, make: probe("health-200") },
  { when: /\bterraform configuration has been validated\b/i, make: probe("terraform-validate") },
  { when: /\bhelm charts validated\b/i, make: probe("helm-lint") },
  { when: /\brollout status is complete\b/i, make: probe("rollout-status") },
  { when: /\ball pods are in running state\b/i, make: probe("pods-running") },
  { when: /\bimages have been scanned\b/i, make: probe("image-scan") },
  { when: /\b(?:aof|rdb)\b/i, make: probe("redis-persistence") },
  { when: /\bdashboard queries\b.*\bmetrics\b/i, make: probe("contract") },
  { when: /\btargets? up\b|\bscrape target healthy\b/i, make: prometheus },
  { when: /\bmetrics scrape\b|\/metrics\/?\b.*\b(?:reachable|returns)\b/i, make: scrape },
  { when: /\/health|\/ready|\/live/i, make: endpoints },
  { when: /\b(?:GET|HEAD) \/[^\s?]*.*\breturns? 2\d\d\b/, make: endpoints },
];

/**
 * A binding for an unbound item, where the sentence is recognised.
 *
 * Rather none than a wrong one: every proposal is read back, and must agree with the sentence as a written one must.
 *
 * @param text the sentence with its code
 * @param promise the sentence without it
 */
export function suggestBinding(text: string, promise: string): string | undefined {
  if (text.length > 400) return undefined;
  const promised = promisesOf(promise);
  const found: string[] = [];
  for (const rule of rules) {
    if (!rule.when.test(text) || rule.unless?.test(text) === true) continue;
    const binding = rule.make(text, promised);
    if (binding === undefined) continue;
    if (!found.includes(binding)) found.push(binding);
    // A person's word, a probe or a check says it all; figures may stand side by side.
    if (/^(?:attest|probe|check|verdict|memory stable)/.test(binding)) break;
  }
  const whole = found.join("; ");
  return whole !== "" && agrees(promise, whole) ? whole : undefined;
}

function agrees(promise: string, binding: string): boolean {
  const clauses: readonly Clause[] = parseBinding(binding, "a suggestion").clauses;
  return disagreements(promise, clauses).length === 0;
}

function latencies(_: string, promised: readonly Promised[]): string | undefined {
  const limits = promised.filter(({ kind, statistic }) => kind === "time" && statistic !== undefined);
  const conditions = limits.map((one) => upperLimit(one, (ms) => String(ms), one.statistic!));
  if (conditions.length === 0 || conditions.includes(undefined)) return undefined;
  return `http_req_duration ${conditions.join(", ")}`;
}

function errorRate(_: string, promised: readonly Promised[]): string | undefined {
  const limit = promised.find(({ kind }) => kind === "ratio");
  const condition = limit && upperLimit(limit, (ratio) => String(ratio), "rate");
  return condition && `http_req_failed ${condition}`;
}

function throughput(_: string, promised: readonly Promised[]): string | undefined {
  const limit = promised.find(({ kind }) => kind === "rate");
  if (limit === undefined || isUpper(limit)) return undefined;
  const sign = limit.operator === ">" ? ">" : ">=";
  const perMinute = Number((limit.value * 60).toPrecision(12));
  return `throughput ${sign} ${Number.isInteger(limit.value) ? `${limit.value}/s` : `${perMinute}/min`}`;
}

function load(sentence: string, promised: readonly Promised[]): string | undefined {
  const rate = promised.find(({ kind }) => kind === "rate");
  if (rate === undefined || isUpper(rate) || /\bthroughput\b/i.test(sentence)) return undefined;
  const span = promised.find(({ kind, operator }) => kind === "time" && operator === undefined);
  return `load at ${rate.value}/s${span === undefined ? "" : ` over ${spanWords(span.value)}`}`;
}

/** To handle them is more than to have them open: hardly any may fail. */
function concurrency(_: string, promised: readonly Promised[]): string | undefined {
  const count = promised.find(({ kind }) => kind === "count");
  return count && !isUpper(count) ? `concurrency >= ${count.value}; http_req_failed rate<0.01` : undefined;
}

function memoryLimit(_: string, promised: readonly Promised[]): string | undefined {
  const limit = promised.find(({ kind }) => kind === "bytes");
  const condition = limit && upperLimit(limit, bytesWords, "max");
  return condition && `memory ${condition}`;
}

function cpuLimit(_: string, promised: readonly Promised[]): string | undefined {
  const limit = promised.find(({ kind }) => kind === "ratio");
  const condition = limit && upperLimit(limit, (ratio) => `${Number((ratio * 100).toPrecision(12))}%`, "p(95)");
  return condition && `cpu ${condition}`;
}

function stability(_: string, promised: readonly Promised[]): string {
  const span = promised.find(({ kind }) => kind === "time");
  return `memory stable${span === undefined ? "" : ` over ${spanWords(span.value)}`}`;
}

/** Each alert is tested by itself: the probe carries the alert's name where the sentence does. */
function alert(sentence: string): string {
  const name = /\b(?:[A-Z][a-z0-9]+){2,}\b/.exec(sentence)?.[0];
  return `probe alert${name === undefined ? "" : `-${name}`}`;
}

function prometheus(sentence: string): string {
  return `probe prometheus-targets${/\brules? loaded\b|promtool/i.test(sentence) ? "; probe prometheus-rules" : ""}`;
}

function scrape(sentence: string): string {
  const health = endpoints(sentence);
  return health === undefined ? "probe metrics-scrape" : `${health}; probe metrics-scrape`;
}

/** A check for each path of which the sentence says that it answers 200. */
function endpoints(sentence: string): string | undefined {
  if (!/\breturns? 200\b/i.test(sentence)) return undefined;
  const paths = [...sentence.matchAll(/(?:\b(GET|HEAD) )?(\/[a-z][\w/-]*)/gi)].map((found) => found[2]!);
  const healthy = paths.filter((path) => !/^\/metrics\b/.test(path));
  if (healthy.length === 0) return undefined;
  return healthy.map((path) => `check "GET ${path} is 200"`).join("; ");
}

function roleOf(sentence: string): string {
  if (/\brunbooks?|on-call|rollback|recovery|troubleshooting|operations\b/i.test(sentence)) return "sre";
  if (/\bsecurity|scan\b/i.test(sentence)) return "security";
  if (/\bstakeholders|communicated|release notes|support team|known issues\b/i.test(sentence)) return "release-manager";
  return "engineering";
}

function upperLimit(limit: Promised, words: (value: number) => string, statistic: string): string | undefined {
  if (!isUpper(limit)) return undefined;
  return `${statistic}${limit.operator === "<=" ? "<=" : "<"}${words(limit.value)}`;
}

function isUpper({ operator }: Promised): boolean {
  return operator === "<" || operator === "<=" || operator === "upper";
}

function spanWords(ms: number): string {
  for (const [unit, length] of [
    ["h", 3_600_000],
    ["m", 60_000],
  ] as const) {
    if (ms % length === 0) return `${ms / length}${unit}`;
  }
  return `${ms / 1000}s`;
}

function bytesWords(bytes: number): string {
  for (const [unit, size] of [
    ["GiB", 2 ** 30],
    ["MiB", 2 ** 20],
    ["GB", 1e9],
    ["MB", 1e6],
    ["kB", 1e3],
  ] as const) {
    if (bytes % size === 0) return `${bytes / size}${unit}`;
  }
  return `${bytes / 1000}kB`;
}
