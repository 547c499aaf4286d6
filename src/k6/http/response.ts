import type { Exchange } from "../../http/exchange.js";
import type { ParsedUrl } from "../../http/url.js";
import { Problem } from "../../model/problem.js";
import { suspending } from "../../model/vu.js";
import type { Selection } from "../html/selection.js";
import { parseHtml } from "../html.js";
import { parseSetCookie } from "./cookies.js";
import { formRequest, linkRequest, type PageRequest } from "./follow.js";
import { selectJson } from "./json-path.js";
import { noTlsAnswer, type OcspAnswer, parseOcsp } from "./ocsp.js";
import type { K6Request, RequestCookie, ResponseType } from "./request.js";

/** What a response remembers of how it was asked for. */
export interface SentRequest {
  /** As the script wrote it: redirects change the response's URL, but not `res.request`. */
  readonly request: K6Request;
  /** That answered in the end; undefined where the URL was none. */
  readonly url: ParsedUrl | undefined;
  /** Sent with the script's own request. */
  readonly cookiesOfFirst: readonly RequestCookie[];
  /** The User-Agent header line, or "". */
  readonly agentLine: string;
  /** Sends what a page leads to, on behalf of the same virtual user. */
  readonly fetchNext: (request: PageRequest) => Promise<K6Response>;
}

/** A cookie of a response, under the names of k6's documentation and of its runtime. */
export interface ResponseCookie {
  readonly name: string;
  readonly value: string;
  readonly domain: string;
  readonly path: string;
  readonly httpOnly: boolean;
  readonly http_only: boolean;
  readonly secure: boolean;
  readonly maxAge: number;
  readonly max_age: number;
  readonly expires: number;
}

/**
 * k6's Response. What costs time to make (headers, cookies, text, timings) is made when it is first read.
 *
 * `exchange` is null where the URL was invalid and nothing was sent.
 */
export class K6Response {
  readonly status: number;
  readonly error: string;
  readonly error_code: number;

  private text: string | ArrayBuffer | null | undefined;
  private headerObject: Record<string, string> | undefined;
  private parsed: unknown;
  private page: Selection | undefined;
  declare submitForm: (options?: unknown) => Promise<K6Response>;
  declare clickLink: (options?: unknown) => Promise<K6Response>;

  constructor(
    private readonly exchange: Exchange | null,
    private readonly sent: SentRequest,
    private readonly responseType: ResponseType,
    error: string,
    errorCode: number,
  ) {
    this.status = exchange === null ? 0 : exchange.status;
    this.error = error;
    this.error_code = errorCode;
  }

  /** Sends what the page leads to. */
  get fetchNext(): SentRequest["fetchNext"] {
    return this.sent.fetchNext;
  }

  get url(): string {
    return this.sent.url?.shown ?? this.sent.request.urlText;
  }

  get body(): string | ArrayBuffer | null {
    if (this.text === undefined) this.text = this.readBody();
    return this.text;
  }

  get status_text(): string {
    return this.exchange?.statusText ?? "";
  }

  get proto(): string {
    return this.exchange?.proto ?? "";
  }

  get remote_ip(): string {
    return this.exchange?.remoteIp ?? "";
  }

  get remote_port(): number {
    return this.exchange?.remotePort ?? 0;
  }

  get tls_version(): string {
    return this.exchange?.tlsVersion ?? "";
  }

  get tls_cipher_suite(): string {
    return this.exchange?.tlsCipher ?? "";
  }

  get ocsp(): OcspAnswer {
    return this.tls_version === "" ? noTlsAnswer : parseOcsp(this.exchange?.ocsp);
  }

  /** Canonical names; several values of one name are joined by ", ". */
  get headers(): Record<string, string> {
    if (this.headerObject === undefined) {
      this.headerObject = {};
      for (const [name, values] of this.exchange?.headers ?? []) this.headerObject[name] = values.join(", ");
    }
    return this.headerObject;
  }

  get cookies(): Record<string, ResponseCookie[]> {
    const cookies: Record<string, ResponseCookie[]> = {};
    const url = this.sent.url;
    if (this.exchange?.hasSetCookie !== true || url === undefined) return cookies;
    for (const text of this.exchange.headers.get("Set-Cookie") ?? []) {
      const cookie = parseSetCookie(text, url, Date.now());
      if (cookie === undefined) continue;
      const { name, value, httpOnly, secure, maxAge, expires } = cookie;
      const { domain, path } = cookie.asSent;
      cookies[name] ??= [];
      cookies[name].push({
        name,
        value,
        domain,
        path,
        httpOnly,
        http_only: httpOnly,
        secure,
        maxAge,
        max_age: maxAge,
        expires,
      });
    }
    return cookies;
  }

  /** Milliseconds, in k6's names. */
  get timings(): Record<string, number> {
    const exchange = this.exchange;
    return {
      duration: exchange?.durationMs ?? 0,
      blocked: exchange?.blockedMs ?? 0,
      looking_up: exchange?.lookingUpMs ?? 0,
      connecting: exchange?.connectingMs ?? 0,
      tls_handshaking: exchange?.tlsHandshakingMs ?? 0,
      sending: exchange?.sendingMs ?? 0,
      waiting: exchange?.waitingMs ?? 0,
      receiving: exchange?.receivingMs ?? 0,
    };
  }

  get request(): object {
    const { cookiesOfFirst: cookies } = this.sent;
    const { method, url, urlText, body } = this.sent.request;
    const byName: Record<string, RequestCookie[]> = {};
    for (const cookie of cookies) {
      byName[cookie.name] ??= [];
      byName[cookie.name]!.push(cookie);
    }
    return {
      method,
      url: url?.shown ?? urlText,
      headers: sentHeaders(this.sent),
      body: body === null ? "" : typeof body === "string" ? body : Buffer.from(body).toString("utf8"),
      cookies: byName,
    };
  }

  /**
   * The body as JSON, or the part that a selector such as "items.0.name" picks.
   *
   * @throws {Problem} `http.json-invalid`
   */
  json(selector?: string): unknown {
    if (this.parsed === undefined) this.parsed = this.parseJson();
    return selector === undefined ? this.parsed : selectJson(this.parsed, String(selector));
  }

  /** The body as a page, or the part of it that a selector picks. */
  html(selector?: string): Selection {
    const body = this.body;
    if (body === null) {
      throw new Problem("http.html-missing", `The response of ${this.url} has no body.`, {
        at: this.url,
        found: this.status === 0 ? this.error : `status ${this.status}`,
        hint: 'Check the status before calling html(); a discarded body needs responseType: "text".',
      });
    }
    this.page ??= parseHtml(typeof body === "string" ? body : Buffer.from(body).toString("utf8"), this.url);
    return selector === undefined ? this.page : this.page.find(String(selector));
  }

  /** All fields: getters live on the prototype, where JSON.stringify would not see them. */
  toJSON(): object {
    return {
      remote_ip: this.remote_ip,
      remote_port: this.remote_port,
      url: this.url,
      status: this.status,
      status_text: this.status_text,
      proto: this.proto,
      headers: this.headers,
      cookies: this.cookies,
      body: this.body,
      timings: this.timings,
      tls_version: this.tls_version,
      tls_cipher_suite: this.tls_cipher_suite,
      ocsp: this.ocsp,
      error: this.error,
      error_code: this.error_code,
      request: this.request,
    };
  }

  private readBody(): string | ArrayBuffer | null {
    const exchange = this.exchange;
    if (exchange === null || exchange.error !== null || this.responseType === "none") return null;
    if (this.responseType === "text") return exchange.body.toString("utf8");
    // A copy: small bodies share a larger buffer with others.
    const copy = new ArrayBuffer(exchange.body.length);
    new Uint8Array(copy).set(exchange.body);
    return copy;
  }

  private parseJson(): unknown {
    const body = this.body;
    const text = typeof body === "string" ? body : body === null ? "" : Buffer.from(body).toString("utf8");
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw new Problem("http.json-invalid", `The response of ${this.url} is not JSON.`, {
        at: this.url,
        found: this.status === 0 ? this.error : `status ${this.status}, ${text.length} characters`,
        hint:
          this.responseType === "none"
            ? 'The body was discarded: set responseType to "text" for this request.'
            : "Check the status before calling json().",
        cause,
      });
    }
  }
}

/** With what the client adds for a script: User-Agent and cookies, but no credentials. */
function sentHeaders({ request, cookiesOfFirst: cookies, agentLine }: SentRequest): Record<string, string[]> {
  const headers: Record<string, string[]> = {};
  for (const [name, value] of Object.entries(request.headers ?? {})) headers[name] = [value];
  if (agentLine !== "") headers["User-Agent"] ??= [agentLine.slice(agentLine.indexOf(":") + 2, -2)];
  const pairs = [...(headers.Cookie ?? []), ...cookies.map(({ name, value }) => `${name}=${value}`)];
  if (pairs.length > 0) headers.Cookie = [pairs.join("; ")];
  return headers;
}

// Found by name, as k6's other blocking calls: the compiled script waits for what is marked.
Object.assign(K6Response.prototype, {
  submitForm: suspending(async function (this: K6Response, options?: unknown): Promise<K6Response> {
    return this.fetchNext(formRequest(this.html(), this.url, options));
  }),
  clickLink: suspending(async function (this: K6Response, options?: unknown): Promise<K6Response> {
    return this.fetchNext(linkRequest(this.html(), this.url, options));
  }),
});
