import type { Vu } from "../../model/vu.js";
import { arrayBufferOf, bytesOf } from "../bytes.js";
import { pendingOf, runCallback } from "../pending.js";
import { misuse } from "../script-fail.js";
import { WsConnection } from "../ws/dial.js";
import { notWsUrl, readWsParams, refuseInInit, wsUrl } from "../ws/params.js";
import { Blob } from "./blob.js";

type Listener = (event: object) => unknown;

const eventNames = ["open", "message", "error", "close", "ping", "pong"] as const;
type EventName = (typeof eventNames)[number];

const states = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 } as const;

/** The class `WebSocket` of one VU: as in browsers, and an iteration lasts until its sockets are closed. */
export function webSocketClass(vu: Vu): unknown {
  class WebSocket {
    readonly url: string;
    onopen: Listener | null = null;
    onmessage: Listener | null = null;
    onerror: Listener | null = null;
    onclose: Listener | null = null;
    onping: Listener | null = null;
    onpong: Listener | null = null;
    readonly #listeners = new Map<EventName, Listener[]>();
    readonly #connection: WsConnection;
    readonly #ended: () => void;
    #state: number = states.CONNECTING;
    #binaryType: "blob" | "arraybuffer" = "blob";

    constructor(url: unknown, protocols?: unknown, params?: unknown) {
      refuseInInit(vu);
      const address = String(url);
      const target = wsUrl(address);
      if (target === undefined || target.hash !== "") throw notWsUrl(address);
      const read = readWsParams(vu, { module: "websockets", url: target, address }, params, protocols);
      this.url = read.address;
      this.#connection = new WsConnection(vu, read, {
        opened: () => {
          this.#state = states.OPEN;
          this.#emit("open");
        },
        message: (bytes, isBinary) =>
          this.#emit("message", { data: isBinary ? this.#binary(bytes) : bytes.toString() }),
        ping: () => this.#emit("ping"),
        pong: () => this.#emit("pong"),
        failed: (error) => {
          if (this.#state === states.CONNECTING) {
            vu.sink.warn("ws.failed", `A WebSocket to ${read.url.host} failed: ${error.message}`);
          }
          this.#emit("error", { error: error.message });
        },
        closed: (code, reason) => {
          this.#state = states.CLOSED;
          this.#emit("close", { code, reason, wasClean: code === 1000 || code === 1001 });
          // Ended only after the handlers have begun, so that what they do still belongs to the iteration.
          this.#ended();
        },
      });
      // Only now: an iteration must not wait for a socket that could not be made.
      this.#ended = pendingOf(vu).begin(() => {
        this.#state = states.CLOSED;
        this.#connection.drop();
        this.#ended();
      });
    }

    get readyState(): number {
      return this.#state;
    }
    get bufferedAmount(): number {
      return this.#connection.bufferedBytes;
    }
    get protocol(): string {
      return this.#connection.protocol;
    }
    get extensions(): string {
      return this.#connection.extensions;
    }
    get binaryType(): "blob" | "arraybuffer" {
      return this.#binaryType;
    }
    set binaryType(type: unknown) {
      if (type !== "blob" && type !== "arraybuffer") {
        throw misuse("ws.binary-type", "There is no such binary type.", {
          found: type,
          expected: "blob or arraybuffer",
        });
      }
      this.#binaryType = type;
    }

    send(message: unknown): void {
      if (this.#state === states.CONNECTING) {
        throw misuse("ws.not-open", "The WebSocket is not open yet.", {
          found: "send() before the open event",
          hint: "Send in an open handler.",
        });
      }
      // As in browsers, what comes after the close is dropped in silence.
      if (this.#state !== states.OPEN) return;
      if (typeof message === "string") this.#connection.send(message);
      else this.#connection.send(message instanceof Blob ? message.content : bytesOf(message, "The message of send()"));
    }

    ping(): void {
      if (this.#state !== states.OPEN) throw misuse("ws.not-open", "The WebSocket is not open.", { found: "ping()" });
      this.#connection.ping();
    }

    close(code?: unknown, reason?: unknown): void {
      if (this.#state === states.CLOSING || this.#state === states.CLOSED) return;
      const number = code === undefined || code === null ? 1000 : Number(code);
      const known = number === 1000 || (number >= 1001 && number <= 1014 && ![1004, 1005, 1006].includes(number));
      if (!known && !(number >= 3000 && number <= 4999)) {
        throw misuse("ws.close-code", "This code cannot be sent.", {
          found: code,
          expected: "1000, 1001, or 3000 to 4999",
        });
      }
      this.#state = states.CLOSING;
      this.#connection.close(number, reason === undefined ? "" : String(reason));
    }

    addEventListener(name: unknown, listener: unknown): void {
      if (!eventNames.includes(name as EventName) || typeof listener !== "function") {
        throw misuse("ws.listener", "addEventListener() needs the name of an event and a function.", {
          found: `${String(name)}, ${typeof listener}`,
          expected: eventNames.join(", "),
        });
      }
      const listeners = this.#listeners.get(name as EventName);
      if (listeners === undefined) this.#listeners.set(name as EventName, [listener as Listener]);
      else if (!listeners.includes(listener as Listener)) listeners.push(listener as Listener);
    }

    #emit(type: EventName, more: object = {}): void {
      const own = this[`on${type}`];
      const listeners = [...(typeof own === "function" ? [own] : []), ...(this.#listeners.get(type) ?? [])];
      const event = { type, timestamp: Date.now(), ...more };
      for (const listener of listeners) runCallback(vu, listener as never, [event]);
    }

    #binary(bytes: Buffer): Blob | ArrayBuffer {
      return this.#binaryType === "blob" ? new Blob([bytes]) : arrayBufferOf(bytes);
    }
  }
  Object.assign(WebSocket, states);
  Object.assign(WebSocket.prototype, states);
  return WebSocket;
}
