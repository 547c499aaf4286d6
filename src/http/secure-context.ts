import { createSecureContext, getCiphers, rootCertificates, type SecureContext, type SecureVersion } from "node:tls";
import { Problem } from "../model/problem.js";
import type { HttpSettings, TlsSettings } from "./settings.js";

// A secure context holds the parsed root certificates: milliseconds to make, so one serves all connections.
const plain = new Map<string, SecureContext>();
const configured = new WeakMap<TlsSettings, Map<string, SecureContext>>();

/**
 * The TLS settings of connections to a host, made once a thread.
 *
 * @throws what OpenSSL says of a certificate, key or cipher that it cannot use
 */
export function secureContextFor(settings: HttpSettings, hostname: string): SecureContext {
  const ca = settings.ca === undefined ? {} : { ca: [...rootCertificates, settings.ca] };
  const { tls } = settings;
  if (tls === undefined) return remembered(plain, settings.ca ?? "", () => createSecureContext(ca));
  let contexts = configured.get(tls);
  if (contexts === undefined) {
    contexts = new Map();
    configured.set(tls, contexts);
  }
  const at = tls.auth.findIndex(
    ({ domains }) => domains.length === 0 || domains.some((each) => matches(each, hostname)),
  );
  return remembered(contexts, `${at} ${settings.ca ?? ""}`, () => {
    const auth = tls.auth[at];
    const old = tls.minVersion !== undefined && ["ssl3.0", "tls1.0", "tls1.1"].includes(tls.minVersion);
    const suites = tls.cipherSuites.length > 0 ? cipherText(tls.cipherSuites) : undefined;
    // OpenSSL 3 refuses the signatures of TLS 1.0 and 1.1 above security level 0, whatever versions are allowed.
    const ciphers = old ? `${suites ?? "DEFAULT"}:@SECLEVEL=0` : suites;
    return createSecureContext({
      ...ca,
      ...(tls.minVersion === undefined ? {} : { minVersion: versionOf(tls.minVersion) }),
      ...(tls.maxVersion === undefined ? {} : { maxVersion: versionOf(tls.maxVersion) }),
      ...(ciphers === undefined ? {} : { ciphers }),
      ...(auth === undefined ? {} : { cert: auth.cert, key: auth.key }),
      ...(auth?.password === undefined ? {} : { passphrase: auth.password }),
    });
  });
}

/**
 * Whether the certificates and keys of `tlsAuth` can be used, before anything is sent with them.
 *
 * @throws {Problem} `options.tls-auth` with OpenSSL's words
 */
export function checkClientCertificates(auth: TlsSettings["auth"]): void {
  for (const [i, { cert, key, password }] of auth.entries()) {
    try {
      // OpenSSL is content with no certificate at all.
      if (![cert, key].every((pem) => pem.includes("-----BEGIN"))) throw new Error("no PEM data");
      createSecureContext({ cert, key, ...(password === undefined ? {} : { passphrase: password }) });
    } catch (cause) {
      throw new Problem("options.tls-auth", "The client certificate or its key cannot be used.", {
        at: `options.tlsAuth[${i}]`,
        found: (cause as Error).message,
        expected: "a certificate and its key as PEM text, and the password where the key has one",
        hint: "Read both with open(), at the top of the script.",
      });
    }
  }
}

function remembered(contexts: Map<string, SecureContext>, key: string, make: () => SecureContext): SecureContext {
  let context = contexts.get(key);
  if (context === undefined) {
    context = make();
    contexts.set(key, context);
  }
  return context;
}

function matches(pattern: string, hostname: string): boolean {
  return pattern.startsWith("*") ? hostname.endsWith(pattern.slice(1)) : pattern === hostname;
}

/** SSL 3.0 is in no OpenSSL of today; the oldest that there is stands in. */
function versionOf(version: string): SecureVersion {
  const versions: Readonly<Record<string, SecureVersion>> = {
    "tls1.1": "TLSv1.1",
    "tls1.2": "TLSv1.2",
    "tls1.3": "TLSv1.3",
  };
  return versions[version] ?? "TLSv1";
}

/** The suites of TLS 1.3 are not up for choice in k6: the list is for the versions before. */
function cipherText(names: readonly string[]): string {
  const modern = getCiphers()
    .map((name) => name.toUpperCase())
    .filter((name) => /^TLS_(AES|CHACHA20)_/.test(name) && !name.includes("CCM"));
  return [...new Set([...modern, ...names.map(opensslName)])].join(":");
}

/**
 * The IANA name of a cipher suite as OpenSSL spells it: TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 is
 * ECDHE-RSA-AES128-GCM-SHA256. A name that is OpenSSL's already stays.
 */
export function opensslName(iana: string): string {
  const match = /^TLS_(?:(ECDHE_RSA|ECDHE_ECDSA|DHE_RSA|RSA)_)WITH_(.+?)(?:_(SHA|SHA256|SHA384))?$/.exec(iana);
  if (match === null) return iana;
  const [, exchange, cipher = "", hash] = match;
  const names: Readonly<Record<string, string>> = {
    AES_128_CBC: "AES128",
    AES_256_CBC: "AES256",
    AES_128_GCM: "AES128-GCM",
    AES_256_GCM: "AES256-GCM",
    CHACHA20_POLY1305: "CHACHA20-POLY1305",
    "3DES_EDE_CBC": "DES-CBC3",
    RC4_128: "RC4",
  };
  const parts = [exchange === "RSA" ? undefined : exchange!.replace("_", "-"), names[cipher] ?? cipher];
  if (cipher !== "CHACHA20_POLY1305") parts.push(hash);
  return parts.filter((part) => part !== undefined).join("-");
}
