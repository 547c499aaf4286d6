import { isIP } from "node:net";
import { checkServerIdentity, connect, type DetailedPeerCertificate, rootCertificates } from "node:tls";
import * as z from "zod";
import { absoluteUrl } from "./call.js";
import { commonFields, retryFields } from "./fields.js";
import type { ProbeContext, ProbeKind } from "./probe-kind.js";

const dayMs = 86_400_000;

const schema = z.strictObject({
  kind: z.literal("tls"),
  ...commonFields,
  ...retryFields,
  /** Host and port of a URL; the target's own unless given. */
  url: z.string().default("/"),
  /** The name that the certificate must bear; the URL's host unless given. */
  serverName: z.string().optional(),
  /** Every certificate of the chain must be valid for so long yet. */
  daysLeft: z.number().default(14),
  minVersion: z.enum(["TLSv1.2", "TLSv1.3"]).default("TLSv1.2"),
});

interface Shown {
  readonly certificates: readonly DetailedPeerCertificate[];
  readonly protocol: string;
  /** Code of what is wrong with the chain or the name. */
  readonly refusal: string | undefined;
}

/** A server's certificate: days left, chain, host name, protocol. */
export const tlsKind: ProbeKind<typeof schema> = {
  schema,
  timeoutMs: 10_000,
  async ask({ url: given, serverName, daysLeft, minVersion }, context) {
    const url = new URL(absoluteUrl(given, context));
    const host = url.hostname.replace(/^\[|\]$/g, "");
    const name = serverName ?? host;
    const port = url.port === "" ? 443 : Number(url.port);
    const asked = `the certificate of ${host}:${port} for ${name}, valid for ${daysLeft} days and more, ${minVersion} or newer`;
    let shown: Shown;
    try {
      shown = await handshake({ host, port, name }, context);
    } catch (error) {
      const reason = `no TLS connection: ${error instanceof Error ? error.message : String(error)}`;
      return { ok: false, asked, answered: "", reason };
    }
    const now = Date.now();
    const lives = shown.certificates.map((certificate) => ({
      subject: nameOf(certificate.subject),
      issuer: nameOf(certificate.issuer),
      days: Math.trunc((Date.parse(certificate.valid_to) - now) / dayMs),
      hasExpired: Date.parse(certificate.valid_to) < now,
      started: Date.parse(certificate.valid_from) <= now,
    }));
    const faults: string[] = [];
    for (const { subject, days, hasExpired, started } of lives) {
      if (hasExpired) faults.push(`the certificate of ${subject} expired ${-days} days ago`);
      else if (days < daysLeft) faults.push(`the certificate of ${subject} has ${days} days left, not ${daysLeft}`);
      if (!started) faults.push(`the certificate of ${subject} is not valid yet`);
    }
    const wrongName =
      shown.certificates[0] === undefined ? undefined : checkServerIdentity(name, shown.certificates[0]);
    if (wrongName !== undefined) faults.push(`the certificate is not for ${name}: ${wrongName.message}`);
    if (shown.refusal !== undefined && !["ERR_TLS_CERT_ALTNAME_INVALID", "CERT_HAS_EXPIRED"].includes(shown.refusal)) {
      faults.push(`the chain is not trusted: ${shown.refusal}`);
    }
    if (shown.protocol < minVersion) faults.push(`the protocol is ${shown.protocol}, older than ${minVersion}`);
    const leastDays = Math.min(...lives.map((life) => life.days));
    return {
      ok: faults.length === 0,
      asked,
      answered: `${shown.protocol}; ${lives.map((life) => `${life.subject} by ${life.issuer}, ${life.days} days left`).join("; ")}`,
      reason: faults.length === 0 ? `${leastDays} days left, chain and name fit` : faults.join("; "),
      ...(Number.isFinite(leastDays) ? { figures: { daysLeft: leastDays } } : {}),
    };
  },
};

/** Shakes hands whatever the certificate is, so that everything that is wrong with it can be told. */
function handshake(
  { host, port, name }: { readonly host: string; readonly port: number; readonly name: string },
  context: ProbeContext,
): Promise<Shown> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port,
      rejectUnauthorized: false,
      minVersion: "TLSv1",
      // Names only: an address is no server name.
      ...(isIP(name) === 0 ? { servername: name } : {}),
      ...(context.ca === undefined ? {} : { ca: [...rootCertificates, context.ca] }),
    });
    const end = (): void => void socket.destroy(new Error("no answer in time"));
    context.signal.addEventListener("abort", end, { once: true });
    socket.on("error", reject);
    socket.once("close", () => context.signal.removeEventListener("abort", end));
    socket.once("secureConnect", () => {
      const refusal = socket.authorized ? undefined : codeOf(socket.authorizationError);
      resolve({
        certificates: chainOf(socket.getPeerCertificate(true)),
        protocol: socket.getProtocol() ?? "",
        refusal,
      });
      socket.end();
    });
  });
}

/** The typings say Error; Node gives the code alone, or an error that carries it. */
function codeOf(error: unknown): string {
  return error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : String(error);
}

/** From the server's own to the root, which names itself as its issuer. */
function chainOf(first: DetailedPeerCertificate): DetailedPeerCertificate[] {
  const chain: DetailedPeerCertificate[] = [];
  let here: DetailedPeerCertificate | undefined = first;
  while (here?.valid_to !== undefined && !chain.some((seen) => seen.fingerprint256 === here!.fingerprint256)) {
    chain.push(here);
    here = here.issuerCertificate;
  }
  return chain;
}

function nameOf(subject: DetailedPeerCertificate["subject"] | undefined): string {
  return String(subject?.CN ?? subject?.O ?? "nobody");
}
