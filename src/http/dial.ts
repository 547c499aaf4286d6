import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { type Expiring, unwatch, watch } from "./deadlines.js";
import { type ConnectionPhase, type ExchangeError, errorCodes, exchangeError, socketError } from "./errors.js";
import { type ForwardProxy, proxyFault } from "./proxy.js";
import { mappedHost, resolveHost } from "./resolver.js";
import type { HttpSettings } from "./settings.js";
import { type OnBytes, openSocket, openTls, type TlsOffer } from "./socket.js";
import { wayThrough } from "./through-proxy.js";
import type { Way } from "./tunnel.js";
import type { ParsedUrl } from "./url.js";

/** What is known of an open connection, for each exchange that it serves. */
export interface Remote {
  readonly remoteIp: string;
  readonly remotePort: number;
  /** "tls1.3"; "" without TLS. */
  readonly tlsVersion: string;
  readonly tlsCipher: string;
  readonly ocsp: Buffer | undefined;
}

/** A socket that leads to its server. */
export interface Line {
  readonly socket: Socket | TLSSocket;
  readonly remote: Remote;
  readonly http2: boolean;
}

/** What the connections of one user share. */
export interface DialContext {
  readonly settings: HttpSettings;
  /** TLS tickets by origin, so that a new connection of the same user resumes its session. */
  readonly sessions: Map<string, Buffer>;
  /** By origin, the newest OCSP response that its server stapled. */
  readonly stapled: Map<string, Buffer>;
}

/** Who wanted the line; the first two are called once in all. */
export interface Dialler {
  onOpened(line: Line): void;
  onFault(error: ExchangeError): void;
  /** What the server sends, once the line is open; except over HTTP/2, whose session reads for itself. */
  onBytes: OnBytes;
}

const defaultConnectTimeoutMs = 30_000;

/**
 * The way to a server.
 *
 *     lookup -> connect -> (tls) -> open, or a fault
 *
 * Through a proxy, lookup, connect and a first tls are the proxy's; where the URL asks for TLS, or the proxy passes on bytes,
 * a tunnel comes before it.
 */
export class Dial implements Expiring {
  deadlineMs = Number.POSITIVE_INFINITY;
  readonly now: () => number;
  /** How long each part took, so far; milliseconds. */
  lookingUpMs = 0;
  connectingMs = 0;
  tlsHandshakingMs = 0;

  private socket: Socket | TLSSocket | undefined;
  private phase: ConnectionPhase = "lookup";
  private phaseStartMs: number;
  private stopped = false;
  private addresses: readonly string[] = [];
  private addressIndex = 0;
  private remotePort = 0;
  private ocsp: Buffer | undefined;
  /** Where the socket leads: the URL's own server, or the proxy. */
  private readonly peer: ParsedUrl;
  private tunnel: Way | undefined;
  private readonly read: OnBytes = (buffer, length) => {
    if (this.phase === "open") this.dialler.onBytes(buffer, length);
    else this.onEarlyBytes(buffer, length);
  };

  constructor(
    private readonly context: DialContext,
    private readonly url: ParsedUrl,
    private readonly proxy: ForwardProxy | undefined,
    private readonly dialler: Dialler,
  ) {
    this.peer = proxy?.url ?? url;
    this.now = context.settings.now;
    this.phaseStartMs = this.now();
  }

  /** Begins; the outcome may come before this returns. */
  begin(): void {
    watch(this);
    this.lookUp();
  }

  /** Gives up what is not open yet, without a word to the dialler. */
  stop(): void {
    if (this.stopped) return;
    this.leavePhase();
    this.settle();
    this.socket?.destroy();
  }

  /** @internal For the one timer of the thread. */
  expire(): void {
    this.fail(exchangeError(errorCodes.dialTimeout, "the connection could not be opened in time"));
  }

  private lookUp(): void {
    const { settings } = this.context;
    const { hostname, port, ipVersion } = this.peer;
    // A proxy must not lead to what is blocked.
    for (const name of hostname === this.url.hostname ? [hostname] : [this.url.hostname, hostname]) {
      const fault = settings.blocked?.hostFault(name);
      if (fault === undefined) continue;
      this.failSoon(exchangeError(errorCodes.blockedHostname, fault));
      return;
    }
    const mapped = mappedHost(settings.hosts, hostname, port);
    this.remotePort = mapped?.port ?? port;
    const host = mapped?.address ?? hostname;
    if (mapped !== undefined || ipVersion !== 0) {
      this.addresses = [host];
      this.connect();
      return;
    }
    resolveHost(host, this.now, settings.dns, ({ list, error }) => {
      if (this.stopped) return;
      this.lookingUpMs = this.now() - this.phaseStartMs;
      this.addresses = list;
      if (error !== null) this.fail(this.faultOf(error));
      else if (list.length === 0) this.fail(exchangeError(errorCodes.dnsNoSuchHost, `${host} has no address`));
      else this.connect();
    });
  }

  private connect(): void {
    const { settings } = this.context;
    this.enter("connect");
    this.socket = undefined;
    this.deadlineMs = this.phaseStartMs + (settings.connectTimeoutMs ?? defaultConnectTimeoutMs);
    const address = this.addresses[this.addressIndex]!;
    const fault = settings.blocked?.addressFault(address);
    if (fault !== undefined) {
      this.failSoon(exchangeError(errorCodes.blacklistedIp, fault));
      return;
    }
    try {
      this.listen(openSocket(this.peer, address, this.remotePort, settings, this.tlsOffer(), this.read), this.peer.tls);
    } catch (cause) {
      // A port beyond 65535 in the `hosts` option, or a certificate that cannot be read.
      this.fail(socketError(cause as Error, "connect"));
    }
  }

  private tlsOffer(): TlsOffer {
    if (!this.pastProxy) return { session: undefined, http2: false };
    return { session: this.context.sessions.get(this.url.origin), http2: this.context.settings.http2 !== false };
  }

  /** Whether what TLS is spoken with is the URL's own server. */
  private get pastProxy(): boolean {
    return this.proxy === undefined || this.tunnel?.open === true;
  }

  private listen(socket: Socket | TLSSocket, tls: boolean): void {
    this.socket = socket;
    socket.on("connect", () => this.onConnect());
    if (tls) {
      socket.on("OCSPResponse", (answer: Buffer | null) => this.onStapled(answer));
      socket.on("secureConnect", () => this.onSecure(socket as TLSSocket));
      // A server's tickets may come at any time; the proxy's own are of no use to it.
      if (this.pastProxy) socket.on("session", (ticket: Buffer) => this.context.sessions.set(this.url.origin, ticket));
    }
    const isNews = (): boolean => socket === this.socket && !this.stopped;
    socket.on("end", () => {
      if (isNews() && this.phase === "proxy") this.fail(exchangeError(errorCodes.generic, this.tunnel!.cutOff));
    });
    socket.on("error", (cause: Error) => {
      if (isNews()) this.onError(cause);
    });
    socket.on("close", () => {
      if (isNews()) this.fail(exchangeError(errorCodes.generic, "the connection closed before it was open"));
    });
  }

  private onStapled(answer: Buffer | null): void {
    if (this.pastProxy && answer !== null && answer.length > 0) this.ocsp = answer;
  }

  private onConnect(): void {
    if (this.stopped) return;
    this.deadlineMs = Number.POSITIVE_INFINITY;
    if (this.peer.tls) this.enter("tls");
    else this.onPeer();
  }

  private onSecure(socket: TLSSocket): void {
    if (this.stopped) return;
    if (this.pastProxy) this.openSecurely(socket);
    else this.onPeer();
  }

  /** The socket leads to its peer. */
  private onPeer(): void {
    const { proxy } = this;
    if (proxy !== undefined) this.context.settings.onProxied?.(proxy);
    if (proxy === undefined || !needsTunnel(this.url, proxy)) {
      this.open("", "", false);
      return;
    }
    this.enter("proxy");
    this.tunnel = wayThrough(proxy, this.url);
    this.tunnel.ask(this.socket!);
  }

  /** A proxy's answer, or what nobody asked for. */
  private onEarlyBytes(buffer: Buffer, length: number): void {
    if (this.stopped) return;
    if (this.phase !== "proxy") {
      this.fail(exchangeError(errorCodes.generic, "bytes came before the connection was open"));
      return;
    }
    const refusal = this.tunnel!.feed(buffer, length);
    if (refusal === "") this.onTunnel();
    else if (refusal !== undefined) this.fail(exchangeError(errorCodes.generic, refusal));
  }

  /** The same bytes from here on are those of the server: TLS begins once more, with it. */
  private onTunnel(): void {
    if (!this.url.tls) {
      this.open("", "", false);
      return;
    }
    this.enter("tls");
    try {
      this.listen(openTls(this.url, this.socket!, this.context.settings, this.tlsOffer(), this.read), true);
    } catch (cause) {
      this.fail(socketError(cause as Error, "tls"));
    }
  }

  private openSecurely(socket: TLSSocket): void {
    const { stapled } = this.context;
    const { origin } = this.url;
    // A resumed session comes without: what was stapled to its certificate still holds.
    if (socket.isSessionReused()) this.ocsp ??= stapled.get(origin);
    if (this.ocsp === undefined) stapled.delete(origin);
    else stapled.set(origin, this.ocsp);
    // "TLSv1.3" -> "tls1.3"; "TLSv1" -> "tls1.0".
    const version = (socket.getProtocol() ?? "").replace("TLSv", "tls");
    const tlsVersion = version === "tls1" ? "tls1.0" : version;
    this.open(tlsVersion, socket.getCipher().standardName, socket.alpnProtocol === "h2");
  }

  private open(tlsVersion: string, tlsCipher: string, http2: boolean): void {
    this.enter("open");
    this.settle();
    const { remotePort, ocsp } = this;
    const remote = { remoteIp: this.addresses[this.addressIndex]!, remotePort, tlsVersion, tlsCipher, ocsp };
    this.dialler.onOpened({ socket: this.socket!, remote, http2 });
  }

  private onError(cause: Error): void {
    if (this.phase === "connect" && this.addressIndex + 1 < this.addresses.length) {
      this.addressIndex += 1;
      this.connect();
      return;
    }
    if (this.url.tls) this.context.sessions.delete(this.url.origin);
    this.fail(this.faultOf(cause));
  }

  /** What Node says of the socket; of the way to a proxy it says nothing about the target. */
  private faultOf(cause: Error): ExchangeError {
    const error = socketError(cause, this.phase);
    return this.pastProxy ? error : proxyFault(this.proxy!, error);
  }

  /** What is known before anything was tried; who dials must have heard of the dial first, as with other failures. */
  private failSoon(error: ExchangeError): void {
    setImmediate(() => {
      if (!this.stopped) this.fail(error);
    });
  }

  private fail(error: ExchangeError): void {
    this.stop();
    this.dialler.onFault(error);
  }

  private settle(): void {
    this.stopped = true;
    this.deadlineMs = Number.POSITIVE_INFINITY;
    unwatch(this);
  }

  private enter(phase: ConnectionPhase): void {
    this.leavePhase();
    this.phase = phase;
  }

  private leavePhase(): void {
    const now = this.now();
    if (this.phase === "connect") this.connectingMs += now - this.phaseStartMs;
    else if (this.phase === "tls") this.tlsHandshakingMs += now - this.phaseStartMs;
    this.phaseStartMs = now;
  }
}

/** Whether a proxy must open a way, instead of reading requests. */
export function needsTunnel(url: ParsedUrl, proxy: ForwardProxy): boolean {
  return url.tls || proxy.isSocks;
}
