import { DecodeError, decodeBody } from "./decode.js";
import { errorCodes, exchangeError } from "./errors.js";
import type { Exchange } from "./exchange.js";

/** Undoes the encoding of an exchange's body; where that cannot be done, the exchange gets the error and no body. */
export function decodeExchange(exchange: Exchange, encoding: string, maxBodyBytes: number): void {
  if (encoding === "" || exchange.body.length === 0) return;
  try {
    exchange.body = decodeBody(exchange.body, encoding, maxBodyBytes);
  } catch (cause) {
    if (!(cause instanceof DecodeError)) throw cause;
    exchange.error = exchangeError(errorCodes.decompression, cause.message);
    exchange.body = exchange.body.subarray(0, 0);
  }
}
