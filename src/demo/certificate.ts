import { createPrivateKey, generateKeyPairSync, randomBytes, sign } from "node:crypto";

export interface MadeCertificate {
  /** PEM. */
  readonly key: string;
  readonly cert: string;
}

/** Tags of ASN.1's distinguished encoding, ITU-T X.690. */
const tags = { integer: 2, bits: 3, octets: 4, oid: 6, utf8: 12, sequence: 0x30, set: 0x31, time: 0x17 } as const;

/**
 * A self-signed certificate for this machine's own names: localhost and 127.0.0.1, RFC 5280.
 *
 * Made anew each time: a private key in a package would be nobody's secret.
 *
 * @param days from now until it expires; below 0 it has expired already
 */
export function makeCertificate(days: number): MadeCertificate {
  const { publicKey, privateKey } = generateKeyPairSync("ec", {
    namedCurve: "prime256v1",
    publicKeyEncoding: { type: "spki", format: "der" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const now = Date.now();
  const ecdsaSha256 = sequence(oid("2a8648ce3d040302"));
  const name = sequence(der(tags.set, sequence(oid("550403"), der(tags.utf8, Buffer.from("loadline demo")))));
  const alternativeNames = sequence(der(0x82, Buffer.from("localhost")), der(0x87, Buffer.from([127, 0, 0, 1])));
  const isAuthority = sequence(der(1, Buffer.from([0xff])));
  const body = sequence(
    der(0xa0, der(tags.integer, Buffer.from([2]))),
    der(tags.integer, Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    ecdsaSha256,
    name,
    sequence(time(now - 86_400_000 * (1 + Math.max(0, -days))), time(now + 86_400_000 * days)),
    name,
    publicKey,
    der(
      0xa3,
      sequence(
        sequence(oid("551d11"), der(tags.octets, alternativeNames)),
        sequence(oid("551d13"), der(tags.octets, isAuthority)),
      ),
    ),
  );
  const signature = sign("sha256", body, createPrivateKey(privateKey));
  const whole = sequence(body, ecdsaSha256, der(tags.bits, Buffer.concat([Buffer.from([0]), signature])));
  const lines = whole
    .toString("base64")
    .match(/.{1,64}/g)!
    .join("\n");
  return { key: privateKey, cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n` };
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(tags.sequence, Buffer.concat(parts));
}

function oid(hex: string): Buffer {
  return der(tags.oid, Buffer.from(hex, "hex"));
}

/** UTCTime, two digits of the year: what RFC 5280 wants until 2049. */
function time(ms: number): Buffer {
  const stamp = new Date(ms)
    .toISOString()
    .replace(/[-:T]|\.\d+/g, "")
    .slice(2);
  return der(tags.time, Buffer.from(stamp));
}

/** Lengths from 128 on are written as their own length and their bytes. */
function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...head]), content]);
}
