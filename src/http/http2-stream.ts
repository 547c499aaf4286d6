import { type ClientHttp2Session, type ClientHttp2Stream, constants } from "node:http2";
import { type Expiring, unwatch, watch } from "./deadlines.js";
import { decodeExchange } from "./decode-exchange.js";
import { type ExchangeError, errorCodes, exchangeError } from "./errors.js";
import type { Exchange } from "./exchange.js";
import { connectionError, refusedStream, streamError } from "./http2-errors.js";
import { type ResponseHead, requestHeaders, responseHead } from "./http2-headers.js";
import { type HttpSettings, maxBodyBytesOf } from "./settings.js";

/** What a stream tells the connection that it runs over; each way out of an exchange calls exactly one of these, once. */
export interface StreamOwner {
  readonly settings: HttpSettings;
  /** The exchange is complete, or failed for a reason that is its own. */
  onStreamDone(stream: Http2Stream): void;
  /** A stream's time is up, which may be the server's fault or that of a dead connection. */
  onStreamTimeout(): void;
  /** The server did not act on the request: it may be sent again, whatever it asks for. */
  onStreamRefused(stream: Http2Stream, error: ExchangeError): void;
}

/** One exchange over a connection that it shares with others. */
export class Http2Stream implements Expiring {
  readonly deadlineMs: number;
  readonly now: () => number;
  /** Whether the script asked that the connection serve no other request. */
  readonly closesConnection: boolean;

  private readonly stream: ClientHttp2Stream;
  private readonly maxBodyBytes: number;
  private head: ResponseHead | undefined;
  private chunks: Buffer[] = [];
  private keptBytes = 0;
  private cause: NodeJS.ErrnoException | undefined;
  private done = false;

  /** @throws what Node says of a connection that takes no more streams, or of headers that HTTP/2 has not */
  constructor(
    private readonly owner: StreamOwner,
    session: ClientHttp2Session,
    readonly exchange: Exchange,
  ) {
    const { request } = exchange;
    const { settings } = owner;
    const { headers, closes } = requestHeaders(request);
    this.now = settings.now;
    this.deadlineMs = exchange.startMs + request.timeoutMs;
    this.closesConnection = closes;
    this.maxBodyBytes = maxBodyBytesOf(settings);
    const { body } = request;
    const bare = body === null || body.length === 0;
    exchange.gotConnectionMs = this.now();
    const stream = session.request(headers, { endStream: bare });
    this.stream = stream;
    watch(this);
    stream.on("headers", () => this.onFirstByte());
    stream.on("response", (_headers, _flags, ...rest: unknown[]) => this.onHead(rest[0] as string[]));
    stream.on("data", (chunk: Buffer) => this.onBody(chunk));
    stream.on("end", () => this.onEnd());
    stream.on("error", (cause: Error) => {
      this.cause ??= cause;
    });
    stream.on("close", () => this.onClose());
    if (bare) exchange.sentMs = this.now();
    else stream.end(body, () => this.onWritten());
  }

  /** Undefined until the stream has been numbered. */
  get id(): number | undefined {
    return this.stream.id;
  }

  expire(): void {
    this.owner.onStreamTimeout();
    this.fail(exchangeError(errorCodes.timeout, "the request timed out"));
  }

  /** Ends the exchange with the error; the server is told to stop. */
  fail(error: ExchangeError): void {
    if (!this.leave()) return;
    this.exchange.endMs = this.now();
    this.exchange.error = error;
    this.owner.onStreamDone(this);
    this.exchange.receiver.onExchange(this.exchange);
  }

  /** Ends the exchange without an outcome of its own. */
  abort(reason: Error): void {
    if (!this.leave()) return;
    this.owner.onStreamDone(this);
    this.exchange.receiver.onAborted(reason);
  }

  /** @returns false where the exchange had ended before */
  leave(): boolean {
    if (this.done) return false;
    this.done = true;
    unwatch(this);
    this.chunks = [];
    if (!this.stream.closed) this.stream.close(constants.NGHTTP2_CANCEL);
    return true;
  }

  private onWritten(): void {
    if (!this.done && this.exchange.sentMs === 0) this.exchange.sentMs = this.now();
  }

  private onFirstByte(): void {
    const { exchange } = this;
    if (this.done || exchange.firstByteMs !== 0) return;
    exchange.firstByteMs = this.now();
    // An answer before the whole request was taken.
    if (exchange.sentMs === 0) exchange.sentMs = exchange.firstByteMs;
  }

  private onHead(raw: readonly string[]): void {
    this.onFirstByte();
    this.head ??= responseHead(raw);
  }

  private onBody(chunk: Buffer): void {
    if (this.done || this.exchange.request.discardBody) return;
    this.keptBytes += chunk.length;
    if (this.keptBytes > this.maxBodyBytes) {
      this.fail(exchangeError(errorCodes.generic, `the body is longer than ${this.maxBodyBytes} bytes`));
    } else this.chunks.push(chunk);
  }

  private onEnd(): void {
    const { exchange, head } = this;
    // A stream that is torn down ends too: what then failed is told by its closing.
    if (this.done || head === undefined || this.cause !== undefined || this.stream.rstCode !== 0) return;
    exchange.endMs = this.now();
    exchange.status = head.status;
    exchange.proto = "HTTP/2.0";
    exchange.head = head.text;
    exchange.hasSetCookie = head.hasSetCookie;
    if (this.chunks.length > 0) exchange.body = this.chunks.length === 1 ? this.chunks[0]! : Buffer.concat(this.chunks);
    decodeExchange(exchange, head.contentEncoding, this.maxBodyBytes);
    this.leave();
    this.owner.onStreamDone(this);
    exchange.receiver.onExchange(exchange);
  }

  private errorOf(code: number): ExchangeError {
    const { cause } = this;
    if (cause === undefined || cause.code === "ERR_HTTP2_STREAM_ERROR") return streamError(code);
    return cause.code === "ERR_HTTP2_ERROR" ? connectionError(cause) : exchangeError(errorCodes.generic, cause.message);
  }

  private onClose(): void {
    if (this.done) return;
    const code = this.stream.rstCode ?? 0;
    const error = this.errorOf(code);
    if (code === refusedStream) this.owner.onStreamRefused(this, error);
    else this.fail(error);
  }
}
