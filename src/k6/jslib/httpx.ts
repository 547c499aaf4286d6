import http, { type Params, type RefinedResponse, type RequestBody, type ResponseType } from "k6/http";

// Our own client under the name of k6's library; bundled into scripts that import it, so that its calls wait.

type Response = RefinedResponse<ResponseType | undefined>;
type Texts = Record<string, string>;

interface SessionOptions {
  readonly baseURL?: string;
  readonly headers?: Texts;
  readonly tags?: Texts;
  readonly timeout?: number | string;
}

/** Requests with a base URL, headers and tags in common. */
export class Httpx {
  baseURL: string;
  headers: Texts;
  tags: Texts;
  timeout: number | string | undefined;

  constructor({ baseURL = "", headers = {}, tags = {}, timeout }: SessionOptions = {}) {
    this.baseURL = baseURL;
    this.headers = { ...headers };
    this.tags = { ...tags };
    this.timeout = timeout;
  }

  setBaseUrl(url: string): void {
    this.baseURL = url;
  }
  addHeader(name: string, value: string): void {
    this.headers[name] = value;
  }
  addHeaders(headers: Texts): void {
    Object.assign(this.headers, headers);
  }
  clearHeader(name: string): void {
    delete this.headers[name];
  }
  addTag(name: string, value: string): void {
    this.tags[name] = value;
  }
  addTags(tags: Texts): void {
    Object.assign(this.tags, tags);
  }
  clearTag(name: string): void {
    delete this.tags[name];
  }

  request(method: string, url: string, body?: RequestBody | null, params?: Params): Response {
    return http.request(method, this.urlOf(url), body ?? null, this.paramsOf(params));
  }
  get(url: string, body?: RequestBody | null, params?: Params): Response {
    return this.request("GET", url, body, params);
  }
  post(url: string, body?: RequestBody | null, params?: Params): Response {
    return this.request("POST", url, body, params);
  }
  put(url: string, body?: RequestBody | null, params?: Params): Response {
    return this.request("PUT", url, body, params);
  }
  patch(url: string, body?: RequestBody | null, params?: Params): Response {
    return this.request("PATCH", url, body, params);
  }
  delete(url: string, body?: RequestBody | null, params?: Params): Response {
    return this.request("DELETE", url, body, params);
  }
  head(url: string, body?: RequestBody | null, params?: Params): Response {
    return this.request("HEAD", url, body, params);
  }
  options(url: string, body?: RequestBody | null, params?: Params): Response {
    return this.request("OPTIONS", url, body, params);
  }

  trace(url: string, body?: RequestBody | null, params?: Params): Response {
    return this.request("TRACE", url, body, params);
  }

  asyncRequest(method: string, url: string, body?: RequestBody | null, params?: Params): Promise<Response> {
    return http.asyncRequest(method, this.urlOf(url), body ?? null, this.paramsOf(params));
  }
  asyncGet(url: string, body?: RequestBody | null, params?: Params): Promise<Response> {
    return this.asyncRequest("GET", url, body, params);
  }
  asyncPost(url: string, body?: RequestBody | null, params?: Params): Promise<Response> {
    return this.asyncRequest("POST", url, body, params);
  }
  asyncPut(url: string, body?: RequestBody | null, params?: Params): Promise<Response> {
    return this.asyncRequest("PUT", url, body, params);
  }
  asyncPatch(url: string, body?: RequestBody | null, params?: Params): Promise<Response> {
    return this.asyncRequest("PATCH", url, body, params);
  }
  asyncDelete(url: string, body?: RequestBody | null, params?: Params): Promise<Response> {
    return this.asyncRequest("DELETE", url, body, params);
  }
  asyncHead(url: string, body?: RequestBody | null, params?: Params): Promise<Response> {
    return this.asyncRequest("HEAD", url, body, params);
  }
  asyncOptions(url: string, body?: RequestBody | null, params?: Params): Promise<Response> {
    return this.asyncRequest("OPTIONS", url, body, params);
  }

  /** @param requests made by {@link Get} and its kin */
  batch(requests: readonly BatchRequest[], params?: Params): Response[] {
    const all = requests.map(({ method, url, body, params: own }) => ({
      method,
      url: this.urlOf(url),
      body: body ?? null,
      params: this.paramsOf({ ...params, ...own }),
    }));
    return http.batch(all) as Response[];
  }

  private urlOf(url: string): string {
    return /^https?:\/\//.test(url) ? url : `${this.baseURL}${url}`;
  }

  private paramsOf(params: Params = {}): Params {
    return {
      ...(this.timeout === undefined ? {} : { timeout: this.timeout }),
      ...params,
      headers: { ...this.headers, ...params.headers },
      tags: { ...this.tags, ...params.tags },
    };
  }
}

/** One request of a {@link Httpx.batch}. */
export interface BatchRequest {
  readonly method: string;
  readonly url: string;
  readonly body?: RequestBody | null | undefined;
  readonly params?: Params | undefined;
}

class Made implements BatchRequest {
  constructor(
    readonly method: string,
    readonly url: string,
    readonly body?: RequestBody | null,
    readonly params?: Params,
  ) {}
}

/** Requests by method, for {@link Httpx.batch}. */
export class Get extends Made {
  constructor(url: string, body?: RequestBody | null, params?: Params) {
    super("GET", url, body, params);
  }
}
export class Post extends Made {
  constructor(url: string, body?: RequestBody | null, params?: Params) {
    super("POST", url, body, params);
  }
}
export class Put extends Made {
  constructor(url: string, body?: RequestBody | null, params?: Params) {
    super("PUT", url, body, params);
  }
}
export class Patch extends Made {
  constructor(url: string, body?: RequestBody | null, params?: Params) {
    super("PATCH", url, body, params);
  }
}
export class Delete extends Made {
  constructor(url: string, body?: RequestBody | null, params?: Params) {
    super("DELETE", url, body, params);
  }
}
