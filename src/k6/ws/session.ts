import type { Vu } from "../../model/vu.js";
import { arrayBufferOf, bytesOf } from "../bytes.js";
import { Turns } from "../pending.js";
import { misuse } from "../script-fail.js";
import { type Handshake, WsConnection } from "./dial.js";
import type { WsParams } from "./params.js";

/** What k6 says of a message after close(): scripts tell it apart by these words. */
const closeSent = "websocket: close sent";

type Handler = (...args: unknown[]) => unknown;

/** What `ws.connect` returns when its session is over. */
export interface WsResponse extends Handshake {
  readonly url: string;
  readonly error: string;
}

/** The answer of `ws.connect` where nobody answered. */
export const notConnected: WsResponse = { status: 0, headers: {}, body: "", url: "", error: "" };

/**
 * One session of `ws.connect`: from the handshake to the close, with the script's handlers in between.
 *
 * Handlers run one at a time, in the order of what happened. The first exception ends the session, and is thrown by `connect`.
 */
export class WsSession {
  readonly done: Promise<WsResponse>;
  private readonly handlers = new Map<string, Handler[]>();
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly turns = new Turns();
  private readonly connection: WsConnection;
  private handshake: Handshake = { status: 0, headers: {}, body: "" };
  private error: Error | undefined;
  private thrown: { readonly error: unknown } | undefined;
  private over = false;
  private toldClose = false;
  private settle!: { resolve(response: WsResponse): void; reject(error: unknown): void };

  constructor(
    private readonly vu: Vu,
    private readonly params: WsParams,
    setUp: Handler,
  ) {
    this.done = new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
    });
    this.connection = new WsConnection(vu, params, {
      opened: (shown) => {
        this.handshake = shown;
        this.run(setUp, [this.socket()], () => this.emit("open"));
      },
      message: (bytes, isBinary) => {
        if (isBinary) this.emit("binaryMessage", arrayBufferOf(bytes));
        else this.emit("message", bytes.toString("utf8"));
      },
      ping: () => this.emit("ping"),
      pong: () => this.emit("pong"),
      failed: (error, shown) => {
        this.error ??= error;
        this.handshake = shown;
        // As in k6, nothing of the script runs where the connection was not made: it sees the answer.
        this.emit("error", errorObject(error));
      },
      closed: (code) => {
        if (this.handshake.status === 101) {
          // As in k6: any end but a normal one (1000) or a leaving server (1001) is an error, too.
          if (!this.toldClose && code !== 1000 && code !== 1001) {
            this.emit("error", errorObject(new Error(`the connection was closed with code ${code}`)));
          }
          this.emitClose(code);
        }
        this.end();
      },
    });
    vu.onInterrupt(() => this.clearTimers());
  }

  private socket(): object {
    return {
      on: (event: unknown, handler: unknown): void => {
        if (typeof handler !== "function") {
          throw misuse("ws.handler", "socket.on() needs a function.", { at: String(event), found: typeof handler });
        }
        const known = this.handlers.get(String(event));
        if (known === undefined) this.handlers.set(String(event), [handler as Handler]);
        else known.push(handler as Handler);
      },
      send: (message: unknown): void => this.send(typeof message === "string" ? message : String(message)),
      sendBinary: (message: unknown): void => this.send(bytesOf(message, "The message of sendBinary()")),
      ping: (): void => {
        if (this.connection.isOpen) this.connection.ping();
        else this.tellClosed();
      },
      setTimeout: (callback: unknown, ms: unknown): void => this.startTimer("setTimeout", callback, ms),
      setInterval: (callback: unknown, ms: unknown): void => this.startTimer("setInterval", callback, ms),
      close: (code?: unknown): void => this.close(code === undefined ? 1001 : Number(code)),
    };
  }

  /** What comes after the close goes nowhere, and counts as sent even so. */
  private send(message: string | Uint8Array): void {
    if (!this.connection.isOpen) this.tellClosed();
    this.connection.send(message);
  }

  private tellClosed(): void {
    this.emit("error", errorObject(new Error(closeSent)));
  }

  private close(code: number): void {
    if (!this.connection.isOpen) return;
    this.connection.close(code);
    this.emitClose(code);
  }

  private startTimer(name: "setTimeout" | "setInterval", callback: unknown, delayMs: unknown): void {
    const ms = Number(delayMs);
    if (typeof callback !== "function" || !(ms > 0)) {
      throw misuse("ws.timer", `socket.${name}() needs a function and a time above 0.`, {
        found: typeof callback === "function" ? delayMs : typeof callback,
        expected: "milliseconds",
      });
    }
    const fire = (): void => {
      if (name === "setTimeout") this.timers.delete(timer);
      this.run(callback as Handler, []);
    };
    const timer = name === "setTimeout" ? setTimeout(fire, ms) : setInterval(fire, ms);
    this.timers.add(timer);
  }

  private emit(event: string, ...args: unknown[]): void {
    for (const handler of this.handlers.get(event) ?? []) this.run(handler, args);
  }

  private emitClose(code: number): void {
    if (this.toldClose) return;
    this.toldClose = true;
    this.emit("close", code);
  }

  private run(handler: Handler, args: readonly unknown[], then: () => void = () => {}): void {
    if (this.thrown !== undefined) return;
    this.turns.run(
      handler,
      args,
      (error) => {
        this.thrown ??= { error };
        this.clearTimers();
        if (this.connection.isOpen) this.connection.close(1001);
      },
      then,
    );
  }

  /** After the last handler: one that blocks is still at work when the connection closes. */
  private end(): void {
    this.clearTimers();
    this.turns.run(
      () => {
        if (this.over) return;
        this.over = true;
        const { error, thrown, vu, params } = this;
        const text = error?.message ?? "";
        if (thrown !== undefined) this.settle.reject(thrown.error);
        else if (text !== "" && this.handshake.status !== 101 && vu.options.throw) {
          this.settle.reject(misuse("ws.connect-failed", `The WebSocket could not be opened: ${text}`));
        } else {
          if (text !== "") vu.sink.warn("ws.failed", `A WebSocket to ${params.url.host} failed: ${text}`);
          this.settle.resolve(this.answer(text));
        }
      },
      [],
      () => {},
      () => {},
    );
  }

  /** k6 names the address of what was opened only, and an error where nobody answered. */
  private answer(error: string): WsResponse {
    const { status } = this.handshake;
    if (status === 101) return { ...this.handshake, url: this.params.address, error };
    return { ...notConnected, ...this.handshake, error: status === 0 ? error : "" };
  }

  private clearTimers(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
  }
}

/** k6 gives handlers an object whose text is a method's answer. */
function errorObject(error: Error): object {
  return { error: () => error.message, message: error.message, toString: () => error.message };
}
