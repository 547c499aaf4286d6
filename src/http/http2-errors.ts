import { type ExchangeError, errorCodes, exchangeError } from "./errors.js";

/** RFC 9113, section 7, by number. */
const names = [
  "NO_ERROR",
  "PROTOCOL_ERROR",
  "INTERNAL_ERROR",
  "FLOW_CONTROL_ERROR",
  "SETTINGS_TIMEOUT",
  "STREAM_CLOSED",
  "FRAME_SIZE_ERROR",
  "REFUSED_STREAM",
  "CANCEL",
  "COMPRESSION_ERROR",
  "CONNECT_ERROR",
  "ENHANCE_YOUR_CALM",
  "INADEQUATE_SECURITY",
  "HTTP_1_1_REQUIRED",
] as const;

/** The server acted on nothing of this stream, so that its request may be sent again. */
export const refusedStream = 7;

/** k6 counts from a base for each kind of fault: the base itself where HTTP/2 knows no such number, else one more. */
function numbered(base: number, code: number): number {
  return code >= 0 && code < names.length ? base + 1 + code : base;
}

function named(code: number): string {
  return names[code] ?? `error ${code}`;
}

/** The server announced that it goes away and takes no more of this connection. */
export function goAwayError(code: number): ExchangeError {
  return exchangeError(
    numbered(errorCodes.http2GoAway, code),
    `the server ended the connection: GOAWAY ${named(code)}`,
  );
}

/** One stream was reset, by the server or because what it sent broke the protocol. */
export function streamError(code: number): ExchangeError {
  return exchangeError(numbered(errorCodes.http2Stream, code), `the stream was reset: ${named(code)}`);
}

/** nghttp2's numbers for what it finds wrong with a connection, in HTTP/2's own. */
const codeOfLibrary: Readonly<Record<number, number>> = {
  [-505]: 1,
  [-509]: 5,
  [-510]: 5,
  [-511]: 1,
  [-522]: 6,
  [-523]: 9,
  [-524]: 3,
  [-531]: 1,
  [-532]: 1,
  [-533]: 2,
  [-904]: 11,
};

/** The server's bytes broke the protocol of the connection itself. */
export function connectionError(cause: Error): ExchangeError {
  const code = codeOfLibrary[(cause as NodeJS.ErrnoException).errno ?? 0] ?? -1;
  const message = `the server broke the HTTP/2 protocol: ${cause.message}`;
  return exchangeError(numbered(errorCodes.http2Connection, code), message);
}
