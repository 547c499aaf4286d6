import { createPrivateKey } from "node:crypto";
import type { ChannelCredentials, Client, ClientOptions } from "@grpc/grpc-js";
import { blockedBy } from "../../http/blocked.js";
import { mappedHost } from "../../http/resolver.js";
import { parseDuration } from "../../model/units.js";
import type { Vu } from "../../model/vu.js";
import { misuse } from "../script-fail.js";
import { objectOf } from "./call.js";
import { libraries } from "./libraries.js";

/**
 * Opens a connection and waits until it is ready.
 *
 * @throws {Problem} `grpc.address-invalid`, `grpc.connect-failed`, `grpc.params-invalid`
 */
export async function openConnection(vu: Vu, address: string, given: unknown): Promise<Client> {
  const params = objectOf(given, "params");
  const { grpc } = libraries();
  const { target, options, host, place } = targetOf(vu, address);
  const size = (name: "maxReceiveSize" | "maxSendSize"): number =>
    params[name] === undefined ? (name === "maxSendSize" ? -1 : 4 * 1024 * 1024) : Number(params[name]);
  const timeoutMs = params.timeout === undefined ? 60_000 : parseDuration(params.timeout as string, "params.timeout");
  const client = new grpc.Client(target, credentialsOf(vu, params), {
    ...options,
    "grpc.primary_user_agent": vu.options.userAgent,
    "grpc.max_receive_message_length": size("maxReceiveSize"),
    "grpc.max_send_message_length": size("maxSendSize"),
    // A refused call is a result; trying it again would hide it.
    "grpc.enable_retries": 0,
    // Each virtual user is a client of its own, as in k6.
    "grpc.use_local_subchannel_pool": 1,
  });
  try {
    const fault = await blockedBy(vu.options.network)?.targetFault(host, place);
    if (fault !== undefined) throw new Error(fault);
    await ready(vu, client, timeoutMs);
  } catch (cause) {
    client.close();
    throw misuse("grpc.connect-failed", `The gRPC server ${address} cannot be reached.`, {
      at: address,
      found: (cause as Error).message,
      hint:
        params.plaintext === true
          ? "Check the address."
          : "Check the address; a server without TLS needs plaintext: true.",
      cause,
    });
  }
  return client;
}

/** Waits for the handshake, and gives up at the first refusal rather than at the end of the timeout. */
function ready(vu: Vu, client: Client, timeoutMs: number): Promise<void> {
  const { grpc } = libraries();
  const channel = client.getChannel();
  const deadline = Date.now() + timeoutMs;
  return new Promise((resolve, reject) => {
    const forget = vu.onInterrupt(() => client.close());
    const settle = (error?: Error): void => {
      forget();
      if (error === undefined) resolve();
      else reject(error);
    };
    const watch = (): void => {
      const state = channel.getConnectivityState(true);
      if (state === grpc.connectivityState.READY) settle();
      else if (state === grpc.connectivityState.TRANSIENT_FAILURE)
        settle(new Error("the connection was refused or broke"));
      else if (state === grpc.connectivityState.SHUTDOWN) settle(new Error("the connection was closed"));
      else {
        channel.watchConnectivityState(state, deadline, (error) => {
          if (error === undefined || error === null) watch();
          else settle(new Error(`no connection within ${timeoutMs} ms`));
        });
      }
    };
    watch();
  });
}

/** Where a script's address leads: `host` as it is written, `place` after the `hosts` option. */
function targetOf(
  vu: Vu,
  address: string,
): { readonly target: string; readonly options: ClientOptions; readonly host: string; readonly place: string } {
  const match = /^(\[[^\]]+\]|[^:/\s]+):(\d+)$/.exec(address);
  if (match === null) {
    throw misuse("grpc.address-invalid", "This is no address of a gRPC server.", {
      found: address,
      expected: "host:port, without http://",
    });
  }
  const host = match[1]!.replace(/^\[|\]$/g, "");
  const mapped = mappedHost(vu.options.hosts, host, Number(match[2]));
  if (mapped === undefined) return { target: address, options: {}, host, place: host };
  const shown = mapped.address.includes(":") ? `[${mapped.address}]` : mapped.address;
  return {
    target: `${shown}:${mapped.port}`,
    options: { "grpc.default_authority": address, "grpc.ssl_target_name_override": host },
    host,
    place: mapped.address,
  };
}

function credentialsOf(vu: Vu, params: Readonly<Record<string, unknown>>): ChannelCredentials {
  const { grpc } = libraries();
  if (params.plaintext === true) return grpc.credentials.createInsecure();
  const tls = objectOf(params.tls, "params.tls");
  const authorities = tls.cacerts === undefined ? null : Buffer.from([tls.cacerts].flat().join("\n"));
  const cert = tls.cert === undefined ? null : Buffer.from(String(tls.cert));
  try {
    const key = tls.key === undefined ? null : Buffer.from(plainKey(String(tls.key), tls.password));
    return grpc.credentials.createSsl(authorities, key, cert, {
      ...(vu.options.insecureSkipTLSVerify ? { rejectUnauthorized: false } : {}),
    } as never);
  } catch (cause) {
    throw misuse("grpc.params-invalid", "The certificates of params.tls cannot be used.", {
      at: "params.tls",
      found: (cause as Error).message,
      cause,
    });
  }
}

/** A private key without its password, which the library has no place for. */
function plainKey(pem: string, password: unknown): string {
  if (password === undefined) return pem;
  return createPrivateKey({ key: pem, passphrase: String(password) })
    .export({ type: "pkcs8", format: "pem" })
    .toString();
}
