import { lookup } from "node:dns";
import type { ClientRequest, IncomingMessage } from "node:http";
import { createRequire } from "node:module";
import { connect as connectTcp, isIP, type LookupFunction, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { ClientOptions, WebSocket } from "ws";
import { type Blocked, blockedBy } from "../../http/blocked.js";
import { processProxies } from "../../http/proxy.js";
import { mappedHost } from "../../http/resolver.js";
import { connectThrough } from "../../http/through-proxy.js";
import { parseUrl } from "../../http/url.js";
import type { Vu } from "../../model/vu.js";
import { WsSamples } from "./metrics.js";
import type { WsParams } from "./params.js";

const require = createRequire(import.meta.url);
let ws: typeof import("ws") | undefined;

const handshakeTimeoutMs = 60_000;
const maxMessageBytes = 64 * 1024 * 1024;
/** How long the other side may take to answer our close before the connection is cut. */
const closeTimeoutMs = 1000;

/** What the server answered to the handshake; status 0 where there was no answer. */
export interface Handshake {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a WebSocket tells its owner; `closed` comes last, and once. */
export interface WsReceiver {
  opened(handshake: Handshake): void;
  message(bytes: Buffer, isBinary: boolean): void;
  ping(): void;
  pong(): void;
  /** A refused handshake or a broken connection. */
  failed(error: Error, handshake: Handshake): void;
  closed(code: number, reason: string): void;
}

/** One connection, with its samples taken. */
export class WsConnection {
  private readonly socket: WebSocket;
  private readonly samples: WsSamples;
  private readonly forgetInterrupt: () => void;
  private handshake: Handshake = { status: 0, headers: {}, body: "" };
  private dropped = false;

  constructor(
    vu: Vu,
    params: WsParams,
    private readonly receiver: WsReceiver,
  ) {
    this.samples = new WsSamples(vu, params);
    // Loaded when a script first asks for one: most scripts never do.
    ws ??= require("ws") as typeof import("ws");
    this.socket = new ws.WebSocket(params.url, [...params.protocols], clientOptions(vu, params));
    this.forgetInterrupt = vu.onInterrupt(() => this.drop());
    this.listen();
  }

  get isOpen(): boolean {
    return this.socket.readyState === this.socket.OPEN;
  }
  get bufferedBytes(): number {
    return this.socket.bufferedAmount;
  }
  get protocol(): string {
    return this.socket.protocol;
  }
  get extensions(): string {
    return this.socket.extensions;
  }

  /** A text goes as text, bytes go as a binary message. */
  send(message: string | Uint8Array): void {
    this.socket.send(message, () => {});
    this.samples.sent();
  }

  ping(): void {
    this.socket.ping(this.samples.pinged());
  }

  close(code: number, reason = ""): void {
    this.socket.close(code, reason);
    const timer = setTimeout(() => this.socket.terminate(), closeTimeoutMs);
    this.socket.once("close", () => clearTimeout(timer));
  }

  /** Ends it without a word to anybody: its iteration is over. */
  drop(): void {
    if (this.dropped) return;
    this.dropped = true;
    this.forgetInterrupt();
    if (this.handshake.status === 101) this.samples.closed();
    this.socket.terminate();
  }

  private listen(): void {
    const { socket, samples, receiver } = this;
    let transport: Socket | undefined;
    socket.on("upgrade", (response: IncomingMessage) => {
      transport = response.socket;
      this.handshake = { status: response.statusCode ?? 0, headers: plainHeaders(response), body: "" };
    });
    socket.on("open", () => {
      if (this.dropped) return;
      samples.opened(this.handshake.status, socket.protocol, transport);
      receiver.opened(this.handshake);
    });
    socket.on("unexpected-response", (request: ClientRequest, response: IncomingMessage) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => {
        if (body.length < maxMessageBytes) body += text;
      });
      response.on("close", () => {
        const status = response.statusCode ?? 0;
        this.handshake = { status, headers: plainHeaders(response), body };
        request.destroy();
        this.fail(new Error(`the server refused the handshake with status ${status}`));
        this.end(1006, "");
      });
    });
    socket.on("message", (bytes: Buffer, isBinary: boolean) => {
      if (this.dropped) return;
      samples.received();
      receiver.message(bytes, isBinary);
    });
    socket.on("ping", () => this.dropped || receiver.ping());
    socket.on("pong", (id: Buffer) => {
      if (this.dropped) return;
      samples.ponged(id.toString());
      receiver.pong();
    });
    socket.on("error", (error: Error) => this.fail(error));
    socket.once("close", (code: number, reason: Buffer) => this.end(code, reason.toString()));
  }

  private fail(error: Error): void {
    if (this.dropped) return;
    if (this.handshake.status !== 101) this.samples.refused(this.handshake.status);
    this.receiver.failed(error, this.handshake);
  }

  private end(code: number, reason: string): void {
    this.forgetInterrupt();
    if (this.dropped) return;
    this.dropped = true;
    if (this.handshake.status === 101) this.samples.closed();
    this.receiver.closed(code, reason);
  }
}

function clientOptions(vu: Vu, params: WsParams): ClientOptions {
  const { hosts, insecureSkipTLSVerify } = vu.options;
  const { hostname, port, protocol } = params.url;
  const host = hostname.replace(/^\[|\]$/g, "");
  const tls = protocol === "wss:";
  const common = {
    headers: { ...params.headers },
    handshakeTimeout: handshakeTimeoutMs,
    maxPayload: maxMessageBytes,
    perMessageDeflate: params.deflate,
    followRedirects: false,
    rejectUnauthorized: !insecureSkipTLSVerify,
  };
  const blocked = blockedBy(vu.options.network);
  const target = mappedHost(hosts, host, port === "" ? (tls ? 443 : 80) : Number(port));
  const fault = blocked?.hostFault(host) ?? blocked?.addressFault(target?.address ?? host);
  if (fault !== undefined) {
    const refuse = (_: unknown, then: (error: Error) => void): void => process.nextTick(then, new Error(fault));
    return { ...common, createConnection: refuse } as unknown as ClientOptions;
  }
  const secure = {
    rejectUnauthorized: !insecureSkipTLSVerify,
    ...(isIP(host) === 0 ? { servername: host } : {}),
  };
  // To a proxy a WebSocket is what an HTTP request to the same place would be.
  const asHttp = parseUrl(params.url.href.replace(/^ws/, "http"));
  const proxy = asHttp && processProxies()?.proxyFor(asHttp);
  if (proxy !== undefined) {
    const connect = (_: unknown, then: (error: Error | null, socket?: Socket) => void): void =>
      connectThrough(proxy, asHttp!, (error, socket) => {
        if (error !== null || !tls) then(error, socket);
        else then(null, connectTls({ socket: socket!, ...secure }));
      });
    return { ...common, createConnection: connect } as unknown as ClientOptions;
  }
  const lookingUp = blocked === undefined ? {} : { lookup: lookupUnless(blocked) };
  if (target === undefined) return { ...common, ...lookingUp } as ClientOptions;
  // The name stays in the Host header and in the certificate's check; only the connection goes elsewhere.
  const place = { host: target.address, port: target.port, ...lookingUp };
  return {
    ...common,
    createConnection: () => (tls ? connectTls({ ...place, ...secure }) : connectTcp(place)),
  } as ClientOptions;
}

/** The system's look-up, but an address that is forbidden is a fault. */
function lookupUnless(blocked: Blocked): LookupFunction {
  return (hostname, options, then) =>
    lookup(hostname, options, (error, found, family) => {
      const addresses = typeof found === "string" ? [found] : (found ?? []).map(({ address }) => address);
      const fault = addresses.map((address) => blocked.addressFault(address)).find((each) => each !== undefined);
      if (error === null && fault !== undefined) then(new Error(fault), "", 0);
      else then(error, found, family);
    });
}

function plainHeaders(response: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    const canonical = name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
    headers[canonical] = Array.isArray(value) ? value.join(", ") : (value ?? "");
  }
  return headers;
}
