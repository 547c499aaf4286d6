import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
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

/** Opens a TCP connection, with TLS on it where the URL asks for it. Events tell when it is ready. */
export function openSocket(
  url: ParsedUrl,
  address: string,
  port: number,
  settings: HttpSettings,
  session: Buffer | undefined,
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
  if (!url.tls) return connectTcp(common);
  return connectTls({
    ...common,
    // RFC 6066 forbids addresses as server names.
    ...(url.ipVersion === 0 ? { servername: url.hostname } : {}),
    ALPNProtocols: ["http/1.1"],
    rejectUnauthorized: !settings.insecureSkipTlsVerify,
    secureContext: secureContextFor(settings, url.hostname),
    ...(session === undefined ? {} : { session }),
  });
}
