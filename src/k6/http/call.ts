import type { HttpClient } from "../../http/client.js";
import { errorCodes } from "../../http/errors.js";
import type { Exchange, Receiver } from "../../http/exchange.js";
import { asBytes } from "../../http/headers.js";
import { type ParsedUrl, resolveUrl } from "../../http/url.js";
import { Problem } from "../../model/problem.js";
import {
  basicAuthorization,
  basicCredentials,
  type Credentials,
  digestAuthorization,
  ntlmAuthorization,
} from "./auth.js";
import { type CookieJar, parseSetCookie } from "./cookies.js";
import type { PageRequest } from "./follow.js";
import type { K6Request, RequestCookie } from "./request.js";
import { K6Response, type SentRequest } from "./response.js";
import type { Outcome } from "./tags.js";

/** What a call needs of the VU on whose behalf it is made. */
export interface CallHost {
  readonly client: HttpClient;
  readonly jar: CookieJar;
  /** The User-Agent header line, or "". */
  readonly agentLine: string;
  now(): number;
  record(request: K6Request, outcome: Outcome): void;
  warn(code: string, message: string): void;
  /** Sends what a page leads to. */
  readonly fetchNext: (request: PageRequest) => Promise<K6Response>;
}

/** How often a way of authentication answers a 401. */
const mostChallenges: Readonly<Record<K6Request["auth"], number>> = { "": 0, basic: 0, digest: 1, ntlm: 2 };
const noCookies: readonly RequestCookie[] = [];
const noHeaders: Readonly<Record<string, string>> = {};

/**
 * One request of a script with all its hops: redirects and the answers to challenges.
 *
 * Each hop is a sample of its own.
 */
export class Call implements Receiver, SentRequest {
  private method: string;
  url: ParsedUrl | undefined;
  private headers: Readonly<Record<string, string>>;
  private host: string | undefined;
  private body: string | Uint8Array | null;
  private cookies: readonly RequestCookie[];
  /** Of the first hop, which is what a script sees as its request. */
  cookiesOfFirst = noCookies;
  private authorization: string | undefined;
  private challengesAnswered = 0;
  private hops = 0;
  /** After a redirect, the URL that it came from. */
  private referer = "";
  /** When the first hop was sent; undefined before its answer. */
  private startMs: number | undefined;

  constructor(
    private readonly session: CallHost,
    readonly request: K6Request,
    private readonly resolve: (response: K6Response) => void,
    private readonly reject: (error: unknown) => void,
  ) {
    this.method = request.method;
    this.url = request.url;
    this.headers = request.headers ?? noHeaders;
    this.host = request.host;
    this.body = request.body;
    this.cookies = request.cookies;
  }

  start(): void {
    if (this.url === undefined) {
      // As in k6, what was never sent is no sample.
      this.complete(null, "The URL is not an absolute http or https URL.", errorCodes.invalidUrl);
      return;
    }
    this.send(this.url, this.request.timeoutMs);
  }

  onExchange(exchange: Exchange): void {
    const { request, session } = this;
    const url = this.url!;
    this.startMs ??= exchange.startMs;
    if (exchange.hasSetCookie) this.storeCookies(exchange, url);
    const challenged =
      exchange.status === 401 && exchange.error === null && this.challengesAnswered < mostChallenges[request.auth];
    const callback = request.callback;
    // The first challenge is the protocol's way, not the target's failure; k6 counts NTLM's second as one.
    const forgiven = challenged && this.challengesAnswered === 0;
    const expected =
      callback === null ? undefined : forgiven || (exchange.error === null && callback.includes(exchange.status));
    exchange.failed = expected === undefined ? undefined : !expected;
    const error = exchange.error;
    const errorCode = error !== null ? error.code : exchange.status >= 400 ? 1000 + exchange.status : 0;
    session.record(request, { method: this.method, shownUrl: url.shown, exchange, errorCode, expected });

    if (error !== null) this.complete(exchange, error.message, errorCode);
    else if (challenged && this.answerChallenge(exchange, url)) this.sendAgain(url);
    else if (!this.follow(exchange, url)) this.complete(exchange, "", errorCode);
  }

  get agentLine(): string {
    return this.session.agentLine;
  }

  get fetchNext(): CallHost["fetchNext"] {
    return this.session.fetchNext;
  }

  /** The iteration was cut short. Its script must not go on, so nobody is told. */
  onAborted(): void {}

  private send(url: ParsedUrl, timeoutMs: number): void {
    const { session, request } = this;
    session.client.send(
      {
        method: this.method,
        url,
        headerLines: this.headerLines(url),
        host: this.host,
        body: this.body,
        timeoutMs,
        discardBody: request.responseType === "none",
      },
      this,
    );
  }

  private sendAgain(url: ParsedUrl): void {
    this.url = url;
    const deadlineMs = this.startMs! + this.request.timeoutMs;
    this.send(url, Math.max(1, deadlineMs - this.session.now()));
  }

  private headerLines(url: ParsedUrl): string {
    const jar = this.request.jar ?? this.session.jar;
    const plain = this.headers === noHeaders && url.username === "" && url.password === "";
    if (plain && jar.isEmpty && this.cookies.length === 0 && this.authorization === undefined && this.hops === 0) {
      return this.session.agentLine;
    }
    let lines = "";
    let cookieHeader: string | undefined;
    for (const name in this.headers) {
      const value = asBytes(this.headers[name]!);
      if (name === "Authorization" && this.replacesAuthorization) continue;
      if (name === "Cookie") cookieHeader = value;
      else lines += `${name}: ${value}\r\n`;
    }
    if (this.headers["User-Agent"] === undefined) lines += this.session.agentLine;
    if (this.referer !== "" && this.headers.Referer === undefined) lines += `Referer: ${asBytes(this.referer)}\r\n`;
    lines += this.authorizationLine(url);
    const given = this.cookies;
    const kept = jar.matching(url).filter((own) => !given.some((each) => each.replace && each.name === own.name));
    const all = [...kept.map(({ name, value }) => ({ name, value, replace: false })), ...given];
    if (this.hops === 0) this.cookiesOfFirst = all;
    const pairs = all.map(({ name, value }) => asBytes(`${name}=${asCookieValue(value)}`));
    if (cookieHeader !== undefined) pairs.unshift(cookieHeader);
    if (pairs.length > 0) lines += `Cookie: ${pairs.join("; ")}\r\n`;
    return lines;
  }

  private authorizationLine(url: ParsedUrl): string {
    if (this.authorization !== undefined) return `Authorization: ${asBytes(this.authorization)}\r\n`;
    if (url.username === "" && url.password === "") return "";
    // Some ways send credentials only when challenged; a script's own header wins.
    const waits = mostChallenges[this.request.auth] > 0;
    if (waits || this.headers.Authorization !== undefined) return "";
    return `Authorization: ${basicAuthorization(url)}\r\n`;
  }

  /** The answer to a challenge takes the place of a script's own header; of one for NTLM only the credentials are sent. */
  private get replacesAuthorization(): boolean {
    return this.authorization !== undefined || (this.request.auth === "ntlm" && this.basicOfScript !== undefined);
  }

  private get basicOfScript(): Credentials | undefined {
    const { Authorization } = this.headers;
    return Authorization === undefined ? undefined : basicCredentials(Authorization);
  }

  private answerChallenge(exchange: Exchange, url: ParsedUrl): boolean {
    const isFirst = this.challengesAnswered === 0;
    this.challengesAnswered += 1;
    const challenges = exchange.headers.get("Www-Authenticate") ?? [];
    if (this.request.auth === "digest") this.authorization = digestAuthorization(challenges, this.method, url);
    else {
      const isBare = url.username === "" && url.password === "";
      const ofUrl = isBare || this.headers.Authorization !== undefined ? undefined : url;
      const credentials = this.basicOfScript ?? ofUrl;
      this.authorization = credentials && ntlmAuthorization(challenges, credentials, isFirst);
    }
    return this.authorization !== undefined;
  }

  /** @returns whether a redirect was followed */
  private follow(exchange: Exchange, from: ParsedUrl): boolean {
    const { status } = exchange;
    const keepsMethod = status === 307 || status === 308;
    if (!keepsMethod && status !== 301 && status !== 302 && status !== 303) return false;
    const location = exchange.header("Location");
    const to = location === undefined ? undefined : resolveUrl(location, from);
    if (to === undefined || this.request.redirects === 0) return false;
    if (this.hops >= this.request.redirects) {
      this.session.warn("http.too-many-redirects", `${this.request.urlText} redirects more than ${this.hops} times.`);
      return false;
    }
    this.hops += 1;
    // Where a page was read by TLS is nobody else's business.
    this.referer = from.tls && !to.tls ? "" : from.href;
    this.authorization = undefined;
    this.challengesAnswered = 0;
    this.host = undefined;
    if (!keepsMethod && this.method !== "HEAD" && this.method !== "GET") {
      this.method = "GET";
      this.body = null;
      this.headers = without(this.headers, "Content-Type", "Content-Encoding");
    }
    if (to.hostname !== from.hostname) {
      // Credentials were meant for the first host.
      this.headers = without(this.headers, "Authorization", "Cookie");
      this.cookies = [];
    }
    this.sendAgain(to);
    return true;
  }

  private storeCookies(exchange: Exchange, url: ParsedUrl): void {
    const jar = this.request.jar ?? this.session.jar;
    for (const text of exchange.headers.get("Set-Cookie") ?? []) {
      const cookie = parseSetCookie(text, url, Date.now());
      if (cookie !== undefined) jar.store(cookie, url);
    }
  }

  private complete(exchange: Exchange | null, error: string, errorCode: number): void {
    const { request } = this;
    if (error !== "") {
      const shown = this.url?.shown ?? request.urlText;
      const text = `${this.method} ${shown} failed: ${error} (error code ${errorCode})`;
      if (request.throws) {
        this.reject(new Problem("http.request-failed", text, { at: shown, found: errorCode }));
        return;
      }
      this.session.warn(`http.request-failed.${errorCode}`, text);
    }
    this.resolve(new K6Response(exchange, this, request.responseType, error, errorCode));
  }
}

/** As Go writes it: quoted where it holds what would part it. */
function asCookieValue(value: string): string {
  return /[ ,]/.test(value) ? `"${value}"` : value;
}

function without(headers: Readonly<Record<string, string>>, ...names: string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)));
}
