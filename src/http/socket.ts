import { connect as connectTcp, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from "node:tls";
import { secureContextFor } from "./secure-context.js";
import type { HttpSettings } from "./settings.js";
import type { ParsedUrl } from "./url.js";

/**
 * Where every socket of this thread reads into.
 *
 * Sharing it is safe because libuv fills it and hands it over in one step, and the parser copies what it keeps;
 * it saves an allocation a read, and 64 kB a connection.
 */
const readBuffer = Buffer.allocUnsafeSlow(64 * 1024);

/** Gets the bytes of a read; they are valid during the call only. */
export type OnBytes = (buffer: Buffer, length: number) => void;

/** What a TLS connection offers its server. */
export interface TlsOffer {
  /** A ticket of an earlier connection. */
  readonly session: Buffer | undefined;
  readonly http2: boolean;
}

/** Opens a TCP connection, with TLS on it where the URL asks for it. Events tell when it is ready. */
export function openSocket(
  url: ParsedUrl,
  address: string,
  port: number,
  settings: HttpSettings,
  offer: TlsOffer,
  onBytes: OnBytes,
): Socket | TLSSocket {
  const common = {
    host: address,
    port,
    noDelay: true,
    ...(settings.localAddress === undefined ? {} : { localAddress: settings.localAddress }),
    // The client tries the addresses itself, so that each attempt is timed and has its own error.
    autoSelectFamily: false,
    onread: {
      buffer: readBuffer,
      callback: (length: number) => {
        onBytes(readBuffer, length);
        return true;
      },
    },
  };
  return url.tls ? connectTls({ ...common, ...tlsOptions(url, settings, offer) }) : connectTcp(common);
}

/** Begins TLS with a server behind an open connection, such as a proxy's tunnel. */
export function openTls(
  url: ParsedUrl,
  through: Socket,
  settings: HttpSettings,
  offer: TlsOffer,
  onBytes: OnBytes,
): TLSSocket {
  const socket = connectTls({ socket: through, ...tlsOptions(url, settings, offer) });
  // Node has no `onread` for such a socket. HTTP/2 reads for itself.
  if (!offer.http2) socket.on("data", (bytes: Buffer) => onBytes(bytes, bytes.length));
  else {
    socket.once("secureConnect", () => {
      if (socket.alpnProtocol !== "h2") socket.on("data", (bytes: Buffer) => onBytes(bytes, bytes.length));
    });
  }
  return socket;
}

/** Node's types forget that `connect` takes what a socket takes. */
type TlsOptions = ConnectionOptions & { readonly requestOCSP: boolean };

function tlsOptions(url: ParsedUrl, settings: HttpSettings, offer: TlsOffer): TlsOptions {
  return {
    // RFC 6066 forbids addresses as server names.
    ...(url.ipVersion === 0 ? { servername: url.hostname } : {}),
    ALPNProtocols: offer.http2 ? ["h2", "http/1.1"] : ["http/1.1"],
    requestOCSP: true,
    rejectUnauthorized: !settings.insecureSkipTlsVerify,
    secureContext: secureContextFor(settings, url.hostname),
    ...(offer.session === undefined ? {} : { session: offer.session }),
  };
}
