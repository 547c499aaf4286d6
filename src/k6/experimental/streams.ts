import {
  CountQueuingStrategy,
  ReadableStream,
  ReadableStreamDefaultReader,
  WritableStream,
  WritableStreamDefaultWriter,
} from "node:stream/web";
import type { Vu } from "../../model/vu.js";
import { asModule } from "../as-module.js";

/** The module `k6/experimental/streams`: the standard's streams, which Node.js has too. */
export function streamsModule(_vu: Vu): object {
  return asModule({
    ReadableStream,
    ReadableStreamDefaultReader,
    CountQueuingStrategy,
    WritableStream,
    WritableStreamDefaultWriter,
  });
}
