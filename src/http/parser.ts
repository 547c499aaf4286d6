const cr = 13;
const lf = 10;
const space = 32;
const colon = 58;

const inHead = 0;
const inLength = 1;
const inChunkSize = 2;
const inChunkExtension = 3;
const inChunk = 4;
const inChunkEnd = 5;
const inTrailer = 6;
const untilClose = 7;
const isDone = 8;
const isFailed = 9;

const headLimitBytes = 256 * 1024;
const lineLimitBytes = 16 * 1024;
const statusPrefix = Buffer.from("HTTP/1.", "latin1");
const noBytes = Buffer.alloc(0);

/**
 * Reads one HTTP/1.x response after another from the bytes of a connection (RFC 9112).
 *
 * Works in place on the caller's buffer, which may be reused after {@link feed} returns: what is kept is copied.
 * One instance a connection; {@link start} makes it ready for the next response.
 */
export class ResponseParser {
  status = 0;
  /** 0 for HTTP/1.0, 1 for HTTP/1.1 and later minors. */
  minor = 1;
  /** Status line and header lines of the final response, one character a byte. */
  head = "";
  /** Lower case; "" where absent. */
  contentEncoding = "";
  hasSetCookie = false;
  /** Whether the sender allows another request on this connection. */
  keepAlive = true;
  /** Body bytes after chunk framing was taken off, kept or not. */
  bodyBytes = 0;
  /** Why parsing failed; "" otherwise. */
  fault = "";

  private state = isDone;
  private headRequest = false;
  private keepBody = true;
  private maxBodyBytes = 0;
  private body: Buffer | null = null;
  private remaining = 0;
  private contentLength = -1;
  private chunked = false;
  private connectionOption = "";
  private lineBytes = 0;
  private digits = 0;
  // A head that arrived in pieces: what came so far, and how far it was read.
  private carry: Buffer | null = null;
  private carried = 0;
  private lineAt = 0;
  private scanAt = 0;
  private interimBytes = 0;

  get done(): boolean {
    return this.state === isDone;
  }

  get failed(): boolean {
    return this.state === isFailed;
  }

  /**
   * Makes ready for the response to a request that was just sent.
   *
   * @param headRequest a response to HEAD has no body, whatever its headers say
   * @param keepBody false counts body bytes and drops them
   * @param maxBodyBytes a longer kept body fails the response
   */
  start(headRequest: boolean, keepBody: boolean, maxBodyBytes: number): void {
    this.headRequest = headRequest;
    this.keepBody = keepBody;
    this.maxBodyBytes = maxBodyBytes;
    this.interimBytes = 0;
    this.fault = "";
    this.startHead();
  }

  /** The kept body; hands it over, so that the parser holds no memory between responses. */
  takeBody(): Buffer {
    const body = this.body;
    if (body === null) return noBytes;
    this.body = null;
    return body.length === this.bodyBytes ? body : body.subarray(0, this.bodyBytes);
  }

  /**
   * Reads bytes `from` (inclusive) to `to` (exclusive).
   *
   * @returns where reading stopped: `to`, or earlier when the response is {@link done} or {@link failed}
   */
  feed(buffer: Buffer, from: number, to: number): number {
    let at = from;
    while (at < to && this.state < isDone) {
      switch (this.state) {
        case inHead:
          at = this.readHead(buffer, at, to);
          break;
        case inLength:
        case inChunk:
          at = this.readCounted(buffer, at, to);
          break;
        case untilClose:
          this.keep(buffer, at, to);
          at = to;
          break;
        case inChunkSize:
        case inChunkExtension:
          at = this.readChunkSize(buffer, at, to);
          break;
        case inChunkEnd:
          at = this.readChunkEnd(buffer, at, to);
          break;
        default:
          at = this.readTrailer(buffer, at, to);
      }
    }
    return at;
  }

  /** The connection ended: completes a body that lasts until then, and fails any other response. */
  end(): void {
    if (this.state === untilClose) this.state = isDone;
    else if (this.state < isDone) {
      this.fail(
        this.state === inHead
          ? "the connection closed before the response's head was complete"
          : "the connection closed in the middle of the response's body",
      );
    }
  }

  private startHead(): void {
    this.state = inHead;
    this.status = 0;
    this.minor = 1;
    this.head = "";
    this.contentEncoding = "";
    this.hasSetCookie = false;
    this.keepAlive = true;
    this.bodyBytes = 0;
    this.body = null;
    this.contentLength = -1;
    this.chunked = false;
    this.connectionOption = "";
    this.carry = null;
    this.carried = 0;
    this.lineAt = 0;
    this.scanAt = 0;
  }

  private fail(fault: string): void {
    this.state = isFailed;
    this.fault = fault;
    this.carry = null;
    this.body = null;
    this.bodyBytes = 0;
  }

  private readHead(buffer: Buffer, from: number, to: number): number {
    if (this.carry === null) {
      const end = this.readLines(buffer, from, to);
      if (end >= 0) return this.finishHead(buffer, from, end);
      if (this.failed) return to;
      this.carryOver(buffer, from, to);
      return to;
    }
    const before = this.carried;
    this.carryOver(buffer, from, to);
    const carry = this.carry;
    if (carry === null) return to;
    const end = this.readLines(carry, 0, this.carried);
    if (end < 0) return to;
    return this.finishHead(carry, 0, end) - before + from;
  }

  /** Keeps an unfinished head for the next read. */
  private carryOver(buffer: Buffer, from: number, to: number): void {
    const needed = this.carried + to - from;
    if (needed + this.interimBytes > headLimitBytes) {
      this.fail(`the response's head is longer than ${headLimitBytes} bytes`);
      return;
    }
    if (this.carry === null || needed > this.carry.length) {
      const grown = Buffer.allocUnsafe(Math.max(1024, 2 * needed));
      this.carry?.copy(grown, 0, 0, this.carried);
      this.carry = grown;
    }
    buffer.copy(this.carry, this.carried, from, to);
    this.carried = needed;
    // Do not wait for the line's end where its beginning already shows that this is not HTTP.
    if (this.lineAt === 0) {
      const known = Math.min(needed, statusPrefix.length);
      if (this.carry.compare(statusPrefix, 0, known, 0, known) !== 0) this.fail("the response is not HTTP/1.x");
    }
  }

  /** @returns where the head ends, after its empty line; -1 where it is incomplete or malformed */
  private readLines(buffer: Buffer, start: number, to: number): number {
    let line = start + this.lineAt;
    for (let at = start + this.scanAt; at < to; at += 1) {
      if (buffer[at] !== lf) continue;
      const end = at > line && buffer[at - 1] === cr ? at - 1 : at;
      if (line === start) this.readStatusLine(buffer, line, end);
      else if (end === line) return at + 1;
      else this.readHeaderLine(buffer, line, end);
      if (this.failed) return -1;
      line = at + 1;
    }
    this.lineAt = line - start;
    this.scanAt = to - start;
    return -1;
  }

  private readStatusLine(buffer: Buffer, from: number, end: number): void {
    const minor = buffer[from + 7]! - 48;
    const hundreds = buffer[from + 9]! - 48;
    const tens = buffer[from + 10]! - 48;
    const ones = buffer[from + 11]! - 48;
    if (
      end - from < 12 ||
      buffer.compare(statusPrefix, 0, statusPrefix.length, from, from + statusPrefix.length) !== 0 ||
      !(isDigit(minor) && isDigit(hundreds) && isDigit(tens) && isDigit(ones)) ||
      buffer[from + 8] !== space ||
      hundreds === 0 ||
      (end - from > 12 && buffer[from + 12] !== space)
    ) {
      this.fail("the response's status line is malformed");
      return;
    }
    this.minor = minor;
    this.status = hundreds * 100 + tens * 10 + ones;
  }

  private readHeaderLine(buffer: Buffer, from: number, end: number): void {
    const first = buffer[from]!;
    // A folded line continues the value before it; no header that steers parsing may be folded meaningfully.
    if (first === space || first === 9) return;
    let at = from;
    while (at < end && buffer[at] !== colon) at += 1;
    if (at === end || at === from) {
      this.fail("the response has a malformed header line");
      return;
    }
    // Telling by length first spares nearly every comparison.
    switch (at - from) {
      case 10:
        if (isName(buffer, from, "connection")) this.connectionOption += `,${headerValue(buffer, at, end)}`;
        else if (isName(buffer, from, "set-cookie")) this.hasSetCookie = true;
        break;
      case 14:
        if (isName(buffer, from, "content-length")) this.readContentLength(headerValue(buffer, at, end));
        break;
      case 16:
        if (isName(buffer, from, "content-encoding")) this.contentEncoding = headerValue(buffer, at, end);
        break;
      case 17:
        if (isName(buffer, from, "transfer-encoding")) this.readTransferEncoding(headerValue(buffer, at, end));
        break;
    }
  }

  private readContentLength(value: string): void {
    const length = /^\d{1,15}$/.test(value) ? Number(value) : -1;
    if (length < 0 || (this.contentLength >= 0 && this.contentLength !== length)) {
      this.fail("the response's Content-Length is malformed");
    } else this.contentLength = length;
  }

  private readTransferEncoding(value: string): void {
    if (value === "chunked") this.chunked = true;
    else if (value !== "identity")
      this.fail(`the response's Transfer-Encoding is not supported: ${value.slice(0, 40)}`);
  }

  private finishHead(buffer: Buffer, start: number, end: number): number {
    if (this.status < 200 && this.status !== 101) {
      // 100 Continue and its kin: the response proper follows.
      this.interimBytes += end - start;
      if (this.interimBytes > headLimitBytes) this.fail("endless interim responses");
      else this.startHead();
      return end;
    }
    this.head = buffer.toString("latin1", start, end);
    this.carry = null;
    const options = this.connectionOption;
    this.keepAlive =
      options === ""
        ? this.minor >= 1
        : !options.includes("close") && (this.minor >= 1 || options.includes("keep-alive"));
    if (this.headRequest || this.status === 204 || this.status === 304) this.state = isDone;
    else if (this.status === 101) {
      this.keepAlive = false;
      this.state = isDone;
    } else if (this.chunked) {
      this.startChunk();
    } else if (this.contentLength >= 0) {
      this.remaining = this.contentLength;
      this.state = this.remaining === 0 ? isDone : inLength;
    } else {
      this.keepAlive = false;
      this.state = untilClose;
    }
    return end;
  }

  private readCounted(buffer: Buffer, from: number, to: number): number {
    const end = to - from > this.remaining ? from + this.remaining : to;
    this.keep(buffer, from, end);
    if (this.failed) return end;
    this.remaining -= end - from;
    if (this.remaining === 0) this.state = this.state === inLength ? isDone : inChunkEnd;
    return end;
  }

  private keep(buffer: Buffer, from: number, to: number): void {
    const length = this.bodyBytes + to - from;
    if (this.keepBody) {
      if (length > this.maxBodyBytes) {
        this.fail(`the response's body is longer than ${this.maxBodyBytes} bytes`);
        return;
      }
      if (this.body === null || length > this.body.length) {
        // One exact allocation for a body that says its length (within reason), else doubling.
        const said = this.contentLength <= 1 << 20 ? this.contentLength : 0;
        const size = this.body === null ? Math.max(length, said) : Math.max(length, 2 * this.body.length);
        const grown = Buffer.allocUnsafe(size);
        this.body?.copy(grown, 0, 0, this.bodyBytes);
        this.body = grown;
      }
      buffer.copy(this.body, this.bodyBytes, from, to);
    }
    this.bodyBytes = length;
  }

  private startChunk(): void {
    this.state = inChunkSize;
    this.remaining = 0;
    this.digits = 0;
    this.lineBytes = 0;
  }

  private readChunkSize(buffer: Buffer, from: number, to: number): number {
    for (let at = from; at < to; at += 1) {
      const byte = buffer[at]!;
      this.lineBytes += 1;
      if (byte === lf) {
        if (this.digits === 0) {
          this.fail("a chunk of the response has no size");
        } else {
          this.lineBytes = 0;
          this.state = this.remaining > 0 ? inChunk : inTrailer;
        }
        return at + 1;
      }
      if (this.state === inChunkSize) {
        const digit = hexDigit(byte);
        if (digit >= 0 && this.digits < 12) {
          this.remaining = this.remaining * 16 + digit;
          this.digits += 1;
        } else if (digit < 0 && (byte === cr || byte === space || byte === 9 || byte === 59) && this.digits > 0) {
          this.state = inChunkExtension;
        } else {
          this.fail("a chunk of the response has a malformed size");
          return at + 1;
        }
      } else if (this.lineBytes > lineLimitBytes) {
        this.fail("a chunk of the response has an endless extension");
        return at + 1;
      }
    }
    return to;
  }

  private readChunkEnd(buffer: Buffer, from: number, _to: number): number {
    const byte = buffer[from];
    if (byte === lf) this.startChunk();
    else if (byte === cr && this.lineBytes === 0) this.lineBytes = 1;
    else this.fail("a chunk of the response is longer than its size");
    return from + 1;
  }

  /** Trailers are read over: k6 does not show them. `remaining` holds the current line's length, CR apart. */
  private readTrailer(buffer: Buffer, from: number, to: number): number {
    for (let at = from; at < to; at += 1) {
      const byte = buffer[at];
      if (byte === lf) {
        if (this.remaining === 0) {
          this.state = isDone;
          return at + 1;
        }
        this.remaining = 0;
      } else if (byte !== cr) this.remaining += 1;
      this.lineBytes += 1;
      if (this.lineBytes > headLimitBytes) {
        this.fail("the response has endless trailers");
        return at + 1;
      }
    }
    return to;
  }
}

function isDigit(digit: number): boolean {
  return digit >= 0 && digit <= 9;
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

/** Compares a header's name with a lower-case one of the same length, whatever its case. */
function isName(buffer: Buffer, from: number, name: string): boolean {
  for (let i = 0; i < name.length; i += 1) {
    const byte = buffer[from + i]!;
    const lower = byte >= 65 && byte <= 90 ? byte | 32 : byte;
    if (lower !== name.charCodeAt(i)) return false;
  }
  return true;
}

function headerValue(buffer: Buffer, colonAt: number, end: number): string {
  return buffer
    .toString("latin1", colonAt + 1, end)
    .trim()
    .toLowerCase();
}
