import { createHash, createHmac, type Hash, randomBytes } from "node:crypto";
import { didYouMean } from "../model/nearest.js";
import type { Vu } from "../model/vu.js";
import { asModule } from "./as-module.js";
import { arrayBufferOf, base64Variants, bytesOf } from "./bytes.js";
import { hmacMd4, md4 } from "./crypto/md4.js";
import { misuse } from "./script-fail.js";

/** k6's names of the algorithms and OpenSSL's. */
const algorithms = {
  md4: "md4",
  md5: "md5",
  sha1: "sha1",
  sha256: "sha256",
  sha384: "sha384",
  sha512: "sha512",
  sha512_224: "sha512-224",
  sha512_256: "sha512-256",
  ripemd160: "ripemd160",
} as const;
type Algorithm = keyof typeof algorithms;

const encoders = {
  hex: (bytes: Buffer): string => bytes.toString("hex"),
  base64: base64Variants.std,
  base64url: base64Variants.url,
  base64rawurl: base64Variants.rawurl,
  binary: (bytes: Buffer): ArrayBuffer => arrayBufferOf(bytes),
} as const;

/** The module `k6/crypto`: digests, HMACs and random bytes. */
export function cryptoModule(_vu: Vu): object {
  const digestOf =
    (algorithm: Algorithm) =>
    (input: unknown, encoding?: unknown): string | ArrayBuffer =>
      newHash(algorithm).update(input).digest(encoding);
  const digests = Object.fromEntries((Object.keys(algorithms) as Algorithm[]).map((name) => [name, digestOf(name)]));
  return asModule({
    ...digests,
    createHash: (algorithm: unknown) => newHash(algorithmOf(algorithm)),
    createHMAC: (algorithm: unknown, secret: unknown) => newHmac(algorithm, secret),
    hmac: (algorithm: unknown, secret: unknown, input: unknown, encoding?: unknown) =>
      newHmac(algorithm, secret).update(input).digest(encoding),
    hexEncode: (input: unknown) => bytesOf(input, "The input of hexEncode()").toString("hex"),
    randomBytes(size: unknown): ArrayBuffer {
      const count = Number(size);
      if (Number.isSafeInteger(count) && count > 0 && count <= 2 ** 30) return arrayBufferOf(randomBytes(count));
      throw misuse("k6.random-size", "randomBytes() needs a size.", {
        found: size,
        expected: "a whole number from 1 to 1073741824",
      });
    },
  });
}

/** A digest that grows with `update`; `digest` may be asked again and again, as in k6. */
class Hasher {
  readonly #hash: Hash | undefined;
  readonly #parts: Buffer[] = [];
  readonly #finish: () => Buffer;

  /** @param source a digest that can be copied, or what makes one of the whole input, which is then kept */
  constructor(source: Hash | ((parts: readonly Buffer[]) => Buffer)) {
    if (typeof source === "function") this.#finish = () => source(this.#parts);
    else {
      this.#hash = source;
      this.#finish = () => source.copy().digest();
    }
  }

  update(input: unknown): this {
    const bytes = bytesOf(input, "The input of a hash");
    if (this.#hash !== undefined) this.#hash.update(bytes);
    // A copy: the script may change its buffer before the digest.
    else this.#parts.push(Buffer.from(bytes));
    return this;
  }

  digest(encoding?: unknown): string | ArrayBuffer {
    const name = encoding === undefined || encoding === null ? "hex" : String(encoding);
    if (Object.hasOwn(encoders, name)) return encoders[name as keyof typeof encoders](this.#finish());
    const known = Object.keys(encoders);
    throw misuse("k6.output-encoding", "There is no such output encoding.", {
      found: encoding,
      expected: known.join(", "),
      hint: `Choose one of them.${didYouMean(name, known)}`,
    });
  }
}

function newHash(algorithm: Algorithm): Hasher {
  if (algorithm === "md4") return new Hasher((parts) => md4(Buffer.concat(parts)));
  return new Hasher(createHash(algorithms[algorithm]));
}

function newHmac(algorithm: unknown, secret: unknown): Hasher {
  const name = algorithmOf(algorithm);
  const key = Buffer.from(bytesOf(secret, "The secret of an HMAC"));
  if (name === "md4") return new Hasher((parts) => hmacMd4(key, Buffer.concat(parts)));
  // Node cannot copy an HMAC.
  return new Hasher((parts) =>
    parts.reduce((hmac, part) => hmac.update(part), createHmac(algorithms[name], key)).digest(),
  );
}

function algorithmOf(value: unknown): Algorithm {
  if (typeof value === "string" && Object.hasOwn(algorithms, value)) return value as Algorithm;
  const known = Object.keys(algorithms);
  throw misuse("k6.hash-algorithm", "There is no such hash algorithm.", {
    found: value,
    expected: known.join(", "),
    hint: `Choose one of them.${didYouMean(String(value), known)}`,
  });
}
