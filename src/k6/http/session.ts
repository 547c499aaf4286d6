import { blockedBy } from "../../http/blocked.js";
import { HttpClient } from "../../http/client.js";
import { isSendable } from "../../http/headers.js";
import { processProxies } from "../../http/proxy.js";
import type { HttpSettings } from "../../http/settings.js";
import { parseUrl } from "../../http/url.js";
import type { NetworkOptions } from "../../model/options.js";
import { Problem } from "../../model/problem.js";
import type { Vu } from "../../model/vu.js";
import { misuse } from "../script-fail.js";
import { Call, type CallHost } from "./call.js";
import { CookieJar } from "./cookies.js";
import { exchangeText } from "./debug.js";
import type { PageRequest } from "./follow.js";
import { type RateLimit, rateLimitOf } from "./rate-limit.js";
import { type K6Request, makeRequest, type RequestDefaults } from "./request.js";
import type { K6Response } from "./response.js";
import { defaultStatuses, type ExpectedStatuses } from "./statuses.js";
import { HttpTags, type Outcome } from "./tags.js";

/** What one VU keeps between requests: connections, cookies, response callback, tag cache. */
export class Session implements CallHost {
  readonly jar = new CookieJar();
  agentLine = "";
  private opened: HttpClient | undefined;
  private tags: HttpTags | undefined;
  private limit: RateLimit | undefined;
  private debug: NetworkOptions["httpDebug"] = "";
  private iteration = -1;
  private retired = false;
  private requestDefaults: RequestDefaults | undefined;
  private callback: ExpectedStatuses | null = defaultStatuses;
  /** The last request that was made from a URL alone: most scripts ask for the same one again. */
  private lastPlain: K6Request | undefined;

  readonly fetchNext = (request: PageRequest): Promise<K6Response> =>
    this.send(request.method, request.url, request.body, request.params);

  constructor(private readonly vu: Vu) {
    vu.onInterrupt((reason) => this.opened?.abortAll(reason));
    vu.onRetire(() => {
      this.retired = true;
      this.opened?.close();
    });
  }

  /** Only while a request is under way. */
  get client(): HttpClient {
    return this.opened!;
  }

  now(): number {
    return this.vu.now();
  }

  warn(code: string, message: string): void {
    this.vu.sink.warn(code, message);
  }

  setResponseCallback(callback: ExpectedStatuses | null): void {
    this.callback = callback;
    this.requestDefaults = undefined;
    this.lastPlain = undefined;
  }

  /** Sends what a script asked for; a mistake in its arguments rejects, as it would throw in k6. */
  send(method: string, url: unknown, body: unknown, params: unknown): Promise<K6Response> {
    let request: K6Request;
    try {
      request = this.prepare(method, url, body, params);
    } catch (error) {
      return Promise.reject(error);
    }
    return this.issue(request);
  }

  /** @throws {Problem} `k6.http-in-init`, or what `makeRequest` finds wrong */
  prepare(method: string, url: unknown, body: unknown, params: unknown): K6Request {
    if (this.vu.phase === "init") {
      throw misuse("k6.http-in-init", "The script makes a request outside of its functions.", {
        at: `http ${method} ${shownUrl(url)}`,
        hint: "Move the request into the default function, or into setup().",
      });
    }
    if (this.opened === undefined) this.open();
    this.turnOver();
    const isPlain = (params === undefined || params === null) && (body === undefined || body === null);
    const last = this.lastPlain;
    if (isPlain && last !== undefined && last.urlText === url && last.method === method) return last;
    this.requestDefaults ??= this.makeDefaults();
    const request = makeRequest(method, url, body, params, this.requestDefaults);
    if (isPlain && typeof url === "string") this.lastPlain = request;
    return request;
  }

  /** @throws {Problem} `k6.http-in-init`: what a script put into the jar there, the first iteration would lose */
  cookieJar(): CookieJar {
    if (this.vu.phase === "init") {
      throw misuse("k6.http-in-init", "The script asks for its cookie jar outside of its functions.", {
        at: "http.cookieJar",
        hint: "Call http.cookieJar() in the default function, or make a jar with new http.CookieJar().",
      });
    }
    this.turnOver();
    return this.jar;
  }

  issue(request: K6Request): Promise<K6Response> {
    // The script of a VU that has ended must not go on.
    if (this.retired) return new Promise(() => {});
    const delayMs = this.limit?.delayMs(this.vu.now()) ?? 0;
    if (delayMs > 0) return this.vu.sleep(delayMs).then(() => this.start(request));
    return this.start(request);
  }

  private start(request: K6Request): Promise<K6Response> {
    return new Promise((resolve, reject) => new Call(this, request, resolve, reject).start());
  }

  record(request: K6Request, outcome: Outcome): void {
    const { vu } = this;
    if (this.debug !== "") vu.console.info(exchangeText(outcome.exchange, this.debug));
    this.tags ??= new HttpTags(vu);
    vu.sink.addHttp(outcome.exchange, vu.latenessMs, this.tags.of(request, outcome));
  }

  get batchLimits(): { readonly total: number; readonly perHost: number } {
    const { batch, batchPerHost } = this.vu.options;
    return { total: batch, perHost: batchPerHost };
  }

  /** A new iteration begins as a new visitor, unless the options say otherwise. */
  private turnOver(): void {
    const { vu } = this;
    if (this.iteration === vu.iterationInInstance) return;
    this.iteration = vu.iterationInInstance;
    if (!vu.options.noCookiesReset) this.jar.reset();
    if (vu.options.noVUConnectionReuse) this.opened?.closeIdle();
  }

  private open(): void {
    const { vu } = this;
    const { userAgent, hosts, insecureSkipTLSVerify, noConnectionReuse } = vu.options;
    if (!isSendable("User-Agent", userAgent)) {
      throw new Problem("options.user-agent-invalid", "The user agent holds characters that HTTP forbids.", {
        at: "options.userAgent",
        found: userAgent,
      });
    }
    this.agentLine = userAgent === "" ? "" : `User-Agent: ${userAgent}\r\n`;
    this.opened = new HttpClient({
      now: () => vu.now(),
      hosts,
      insecureSkipTlsVerify: insecureSkipTLSVerify,
      keepAlive: !noConnectionReuse,
      http2: !/(^|,)http2client=0(,|$)/.test(process.env.GODEBUG ?? ""),
      ...this.proxySettings(),
      ...networkSettings(vu),
    });
    this.limit = rateLimitOf(vu);
    this.debug = vu.options.network?.httpDebug ?? "";
  }

  private proxySettings(): Partial<HttpSettings> {
    const rules = processProxies();
    if (rules === undefined) return {};
    return {
      proxies: rules,
      onProxied: ({ shown }) =>
        this.warn("http.proxied", `Requests go through the proxy ${shown} of the environment: it is measured too.`),
    };
  }

  private makeDefaults(): RequestDefaults {
    const { maxRedirects, discardResponseBodies, throw: throws } = this.vu.options;
    return {
      redirects: maxRedirects,
      responseType: discardResponseBodies ? "none" : "text",
      throws,
      callback: this.callback,
    };
  }
}

function networkSettings({ options: { network }, idInTest }: Vu): Partial<HttpSettings> {
  if (network === undefined) return {};
  const { dns, tls, localIPs } = network;
  const blocked = blockedBy(network);
  const localAddress = localIPs[Math.max(0, idInTest - 1) % Math.max(1, localIPs.length)];
  return {
    ...(dns === undefined ? {} : { dns }),
    ...(tls === undefined ? {} : { tls }),
    ...(blocked === undefined ? {} : { blocked }),
    ...(localAddress === undefined ? {} : { localAddress }),
  };
}

/** Without credentials: the text goes into a message. */
function shownUrl(given: unknown): string {
  return parseUrl(String(given))?.shown ?? "";
}
