import { isIP, isIPv4, type Socket } from "node:net";
import type { ForwardProxy } from "./proxy.js";
import type { Way } from "./tunnel.js";
import type { ParsedUrl } from "./url.js";

// Numbers of RFC 1928 and RFC 1929.
const version = 5;
const method = { none: 0, password: 2, refused: 0xff } as const;
const addressType = { ipv4: 1, name: 3, ipv6: 4 } as const;
const failures = [
  ...["", "general failure", "not allowed by its rules", "network unreachable", "host unreachable"],
  ...["connection refused", "TTL expired", "command not supported", "address type not supported"],
];

/** Asks a SOCKS5 proxy for a way through to a server; the proxy looks its name up, as with Go's client. */
export class SocksWay implements Way {
  open = false;
  private socket: Socket | undefined;
  private step: "method" | "password" | "connect" = "method";
  private read: Buffer = Buffer.alloc(0);

  constructor(
    private readonly proxy: ForwardProxy,
    private readonly target: ParsedUrl,
  ) {}

  ask(socket: Socket): void {
    this.socket = socket;
    const methods = this.hasCredentials ? [method.none, method.password] : [method.none];
    socket.write(Buffer.from([version, methods.length, ...methods]));
  }

  get cutOff(): string {
    return `the proxy ${this.proxy.shown} closed the connection without an answer`;
  }

  feed(buffer: Buffer, length: number): string | undefined {
    // The read buffer is every socket's: what must wait for its rest is copied.
    this.read = Buffer.concat([this.read, buffer.subarray(0, length)]);
    for (;;) {
      const size = this.answerLength();
      if (size === undefined) return undefined;
      const answer = this.read.subarray(0, size);
      this.read = this.read.subarray(size);
      const fault = this.take(answer);
      if (fault !== undefined) return fault;
      if (this.open)
        return this.read.length > 0 ? `the proxy ${this.proxy.shown} sent bytes before the server could` : "";
    }
  }

  /** @returns undefined while the answer is not whole */
  private answerLength(): number | undefined {
    const { read } = this;
    if (this.step !== "connect") return read.length < 2 ? undefined : 2;
    // A refusal need not say where from.
    if (read.length >= 2 && read[1] !== 0) return read.length;
    if (read.length < 5) return undefined;
    const addressBytes = read[3] === addressType.ipv4 ? 4 : read[3] === addressType.ipv6 ? 16 : 1 + read[4]!;
    const size = 4 + addressBytes + 2;
    return read.length < size ? undefined : size;
  }

  /** @returns why there is no way, if so */
  private take(answer: Buffer): string | undefined {
    const { shown } = this.proxy;
    const [first, second] = answer;
    // RFC 1929 counts its own versions.
    if (first !== (this.step === "password" ? 1 : version)) return `the proxy ${shown} does not speak SOCKS5`;
    switch (this.step) {
      case "method":
        if (second === method.none) return this.connect();
        if (second !== method.password || !this.hasCredentials) {
          return `the proxy ${shown} asks for a way to log in that was not offered`;
        }
        this.login();
        return undefined;
      case "password":
        if (second !== 0) return `the proxy ${shown} refused the user name or password`;
        return this.connect();
      case "connect":
        if (second !== 0) {
          const reason = failures[second!] ?? `code ${second}`;
          return `the proxy ${shown} refused a way to ${this.target.host}: ${reason}`;
        }
        this.open = true;
        return undefined;
    }
  }

  private get hasCredentials(): boolean {
    return this.proxy.url.username !== "" || this.proxy.url.password !== "";
  }

  private login(): void {
    this.step = "password";
    const { username, password } = this.proxy.url;
    this.socket!.write(Buffer.concat([Buffer.from([1]), counted(username), counted(password)]));
  }

  private connect(): string | undefined {
    this.step = "connect";
    const { hostname, port } = this.target;
    if (Buffer.byteLength(hostname) > 255) return "a SOCKS5 proxy takes no name of more than 255 bytes";
    const address = isIP(hostname) === 0 ? [Buffer.from([addressType.name]), counted(hostname)] : ipAddress(hostname);
    const head = Buffer.from([version, 1, 0]);
    this.socket!.write(Buffer.concat([head, ...address, Buffer.from([port >> 8, port & 0xff])]));
    return undefined;
  }
}

/** With its length before it, of which callers make sure that it fits a byte. */
function counted(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
}

function ipAddress(address: string): Buffer[] {
  if (isIPv4(address)) return [Buffer.from([addressType.ipv4, ...address.split(".").map(Number)])];
  const [head = "", tail] = address.split("::");
  const groups = (text: string): number[] =>
    text === ""
      ? []
      : text.split(":").flatMap((group) => (group.includes(".") ? inGroups(group) : parseInt(group, 16)));
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  const zeros = Array<number>(tail === undefined ? 0 : 8 - before.length - after.length).fill(0);
  const bytes = [...before, ...zeros, ...after].flatMap((group) => [group >> 8, group & 0xff]);
  return [Buffer.from([addressType.ipv6, ...bytes])];
}

/** The IPv4 end of an IPv6 address. */
function inGroups(dotted: string): number[] {
  const [a = 0, b = 0, c = 0, d = 0] = dotted.split(".").map(Number);
  return [a * 256 + b, c * 256 + d];
}
