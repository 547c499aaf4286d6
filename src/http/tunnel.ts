import type { Socket } from "node:net";
import { ResponseParser } from "./parser.js";
import type { ForwardProxy } from "./proxy.js";
import type { ParsedUrl } from "./url.js";

/** The asking of a proxy for a way through to a server. */
export interface Way {
  /** Whether the proxy's bytes are the server's by now. */
  readonly open: boolean;
  /** What to say where the proxy hangs up before it has answered. */
  readonly cutOff: string;
  /** Asks; the answer comes by {@link feed}. */
  ask(socket: Socket): void;
  /** @returns undefined while more is to come, "" once the way is open, or why there is none */
  feed(buffer: Buffer, length: number): string | undefined;
}

/** Asks an HTTP proxy. */
export class Tunnel implements Way {
  open = false;
  private readonly parser = new ResponseParser();

  constructor(
    private readonly proxy: ForwardProxy,
    private readonly target: ParsedUrl,
  ) {}

  ask(socket: Socket): void {
    const { hostname, port, ipVersion } = this.target;
    const authority = `${ipVersion === 6 ? `[${hostname}]` : hostname}:${port}`;
    // As to HEAD, the answer has no body where it is one that matters: what comes after 200 is the tunnel's.
    this.parser.start(true, false, 0);
    socket.write(
      `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${this.proxy.authorizationLine}\r\n`,
      "latin1",
    );
  }

  get cutOff(): string {
    return `the proxy ${this.proxy.shown} closed the connection without an answer`;
  }

  feed(buffer: Buffer, length: number): string | undefined {
    const { parser } = this;
    const end = parser.feed(buffer, 0, length);
    if (parser.failed) return `the proxy ${this.proxy.shown} gave no valid answer: ${parser.fault}`;
    if (!parser.done) return undefined;
    if (parser.status !== 200) {
      const reason = parser.head.slice(9, parser.head.search(/\r?\n/)).trim();
      return `the proxy ${this.proxy.shown} refused a tunnel to ${this.target.host}: ${reason}`;
    }
    if (end < length) return `the proxy ${this.proxy.shown} sent bytes before the server could`;
    this.open = true;
    return "";
  }
}
