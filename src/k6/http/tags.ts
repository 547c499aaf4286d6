import type { Exchange } from "../../http/exchange.js";
import { RecentMap } from "../../http/recent-map.js";
import type { TagSet, Vu } from "../../model/vu.js";
import { parseOcsp } from "./ocsp.js";
import type { K6Request } from "./request.js";

/** What the tags of one exchange depend on, besides the request and the VU. */
export interface Outcome {
  readonly method: string;
  /** The hop's URL, fit for reports. */
  readonly shownUrl: string;
  readonly exchange: Exchange;
  /** 0 where all went well. */
  readonly errorCode: number;
  /** Undefined where the response callback is off. */
  readonly expected: boolean | undefined;
}

const methods = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"];
const tlsVersions = ["", "tls1.2", "tls1.3"];

type ByName = RecentMap<string, Map<number, TagSet>>;

// Shared by all VUs of a thread: their tags are mostly equal, and equal sets are one object.
const caches = new WeakMap<TagSet, ByName>();

/** k6's system tags for HTTP samples of one VU. A repeated outcome costs two look-ups and builds nothing. */
export class HttpTags {
  private cache: ByName | undefined;
  private vuName: string | undefined;
  private version = -1;
  private group = "";
  private readonly enabled: ReadonlySet<string>;
  private readonly withOcsp: boolean;
  /** The last outcome that was looked up: most are like the one before. */
  private lastKey: string | undefined;
  private lastCode = -1;
  private lastTags: TagSet | undefined;

  constructor(private readonly vu: Vu) {
    this.enabled = new Set(vu.options.systemTags);
    this.withOcsp = this.enabled.has("ocsp_status");
  }

  of(request: K6Request, outcome: Outcome): TagSet {
    const { vu } = this;
    if (this.cache === undefined || this.version !== vu.tagsVersion || this.group !== vu.groupPath) this.refresh();
    const name = request.name ?? this.vuName ?? outcome.shownUrl;
    const code = this.withOcsp ? -1 : codeOf(outcome);
    if (code < 0) return vu.sink.tagSet(this.build(request, outcome, name));
    const key = request.tags === undefined ? name : keyOf(name, request.tags);
    if (code === this.lastCode && key === this.lastKey) return this.lastTags!;
    let byCode = this.cache!.get(key);
    if (byCode === undefined) {
      byCode = new Map();
      this.cache!.set(key, byCode);
    }
    let tags = byCode.get(code);
    if (tags === undefined) {
      tags = vu.sink.tagSet(this.build(request, outcome, name));
      byCode.set(code, tags);
    }
    this.lastKey = key;
    this.lastCode = code;
    this.lastTags = tags;
    return tags;
  }

  private refresh(): void {
    const { vu } = this;
    this.lastKey = undefined;
    this.lastCode = -1;
    this.version = vu.tagsVersion;
    this.group = vu.groupPath;
    this.vuName = vu.tags.name;
    const base = vu.sink.tagSet({ ...vu.tags, group: vu.groupPath });
    let cache = caches.get(base);
    if (cache === undefined) {
      cache = new RecentMap(2048);
      caches.set(base, cache);
    }
    this.cache = cache;
  }

  private build(request: K6Request, outcome: Outcome, name: string): Record<string, string> {
    const { exchange, expected, errorCode } = outcome;
    const tags: Record<string, string> = { ...this.vu.tags };
    const put = (tag: string, value: string): void => {
      if (this.enabled.has(tag)) tags[tag] = value;
    };
    put("group", this.vu.groupPath);
    Object.assign(tags, request.tags);
    put("method", outcome.method);
    put("status", String(exchange.status));
    // A name given by the script stands for the URL as well, or ids in URLs would multiply the series.
    put("name", name);
    put("url", name);
    if (exchange.proto !== "") put("proto", exchange.proto);
    if (exchange.tlsVersion !== "") {
      put("tls_version", exchange.tlsVersion);
      if (this.withOcsp) tags.ocsp_status = parseOcsp(exchange.ocsp).status;
    }
    if (expected !== undefined) put("expected_response", String(expected));
    if (exchange.error !== null) put("error", exchange.error.message);
    if (errorCode !== 0) put("error_code", String(errorCode));
    return tags;
  }
}

/** A number for all that varies between exchanges of one name; -1 for the rare rest. */
function codeOf(outcome: Outcome): number {
  const { exchange, expected } = outcome;
  const method = methods.indexOf(outcome.method);
  const tls = tlsVersions.indexOf(exchange.tlsVersion);
  if (exchange.error !== null || method < 0 || tls < 0) return -1;
  const expectation = expected === undefined ? 0 : expected ? 1 : 2;
  const proto = exchange.proto === "HTTP/1.1" ? 1 : exchange.proto === "HTTP/1.0" ? 0 : 2;
  return (((exchange.status * 8 + method) * 3 + expectation) * 3 + tls) * 3 + proto;
}

function keyOf(name: string, tags: Readonly<Record<string, string>>): string {
  let key = name;
  for (const tag in tags) key += `\u0001${tag}\u0002${tags[tag]}`;
  return key;
}
