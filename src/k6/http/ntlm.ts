import { createHmac, randomBytes } from "node:crypto";
import { md4 } from "../crypto/md4.js";

// Names and layouts as in [MS-NLMP]; all numbers are little-endian.
const signature = Buffer.from("NTLMSSP\0", "latin1");
const flags = {
  unicode: 0x1,
  requestTarget: 0x4,
  ntlm: 0x200,
  alwaysSign: 0x8000,
  extendedSessionSecurity: 0x80000,
  targetInfo: 0x800000,
  key128: 0x20000000,
  key56: 0x80000000,
} as const;
const asked = Object.values(flags).reduce((all, flag) => (all | flag) >>> 0, 0);
const timestampId = 7;
/** From 1601, where Windows' clock begins, to 1970, in milliseconds. */
const epochMs = 11_644_473_600_000n;

/** `DOMAIN\user`, or a user of the server's own domain. */
export interface NtlmUser {
  readonly username: string;
  readonly password: string;
}

/** The first message: what the client can do. */
export function negotiateMessage(): Buffer {
  const message = Buffer.alloc(32);
  signature.copy(message);
  message.writeUInt32LE(1, 8);
  message.writeUInt32LE(asked, 12);
  // Neither domain nor workstation: two empty fields that point to the end.
  message.writeUInt32LE(32, 20);
  message.writeUInt32LE(32, 28);
  return message;
}

/**
 * The third message, which answers a server's challenge by NTLMv2.
 *
 * @param challenge the second message, as it came
 * @param fixed the client's own part of the answer, in tests
 * @returns undefined where that is no challenge
 */
export function authenticateMessage(
  challenge: Buffer,
  user: NtlmUser,
  fixed: { readonly clientChallenge?: Buffer; readonly nowMs?: number } = {},
): Buffer | undefined {
  const given = parseChallenge(challenge);
  if (given === undefined) return undefined;
  const [domain = given.targetName, name] = splitUser(user.username);
  const { clientChallenge = randomBytes(8), nowMs = Date.now() } = fixed;
  const key = ntlmV2Key(user.password, name, domain);
  const serversTime = fieldOf(given.targetInfo, timestampId);
  const time = serversTime ?? fileTime(nowMs);
  const temp = Buffer.concat([
    ...[Buffer.from([1, 1, 0, 0, 0, 0, 0, 0]), time, clientChallenge, Buffer.alloc(4)],
    ...[given.targetInfo, Buffer.alloc(4)],
  ]);
  const proof = hmacMd5(key, given.serverChallenge, temp);
  // A server that tells its time must not be sent the older answer.
  const lm =
    serversTime === undefined
      ? Buffer.concat([hmacMd5(key, given.serverChallenge, clientChallenge), clientChallenge])
      : Buffer.alloc(24);
  const text = (words: string): Buffer => Buffer.from(words, given.isUnicode ? "utf16le" : "latin1");
  const fields = [lm, Buffer.concat([proof, temp]), text(domain), text(name), text(""), Buffer.alloc(0)];
  if (fields.some(({ length }) => length > 0xffff)) return undefined;
  const head = Buffer.alloc(64);
  signature.copy(head);
  head.writeUInt32LE(3, 8);
  let offset = head.length;
  for (const [i, field] of fields.entries()) {
    const at = 12 + 8 * i;
    head.writeUInt16LE(field.length, at);
    head.writeUInt16LE(field.length, at + 2);
    head.writeUInt32LE(offset, at + 4);
    offset += field.length;
  }
  head.writeUInt32LE(given.flags, 60);
  return Buffer.concat([head, ...fields]);
}

/** NTOWFv2: the key that all answers of a user are made with. */
export function ntlmV2Key(password: string, name: string, domain: string): Buffer {
  return hmacMd5(md4(Buffer.from(password, "utf16le")), Buffer.from(upperCase(name) + domain, "utf16le"));
}

/** Letter by letter, as Windows does it: ß has no capital there. */
function upperCase(name: string): string {
  return Array.from(name, (letter) => {
    const capital = letter.toUpperCase();
    return capital.length === letter.length ? capital : letter;
  }).join("");
}

interface Challenge {
  readonly flags: number;
  readonly isUnicode: boolean;
  /** The server's domain, or its own name. */
  readonly targetName: string;
  readonly serverChallenge: Buffer;
  readonly targetInfo: Buffer;
}

function parseChallenge(message: Buffer): Challenge | undefined {
  if (message.length < 32 || !message.subarray(0, 8).equals(signature) || message.readUInt32LE(8) !== 2) {
    return undefined;
  }
  const given = message.readUInt32LE(20);
  const hasInfo = message.length >= 48 && (given & flags.targetInfo) !== 0;
  const at = (field: number): Buffer => {
    const offset = message.readUInt32LE(field + 4);
    return message.subarray(offset, offset + message.readUInt16LE(field));
  };
  const isUnicode = (given & flags.unicode) !== 0;
  return {
    // What it does not offer cannot be used.
    flags: (asked & given) >>> 0,
    isUnicode,
    targetName: at(12).toString(isUnicode ? "utf16le" : "latin1"),
    serverChallenge: message.subarray(24, 32),
    targetInfo: hasInfo ? at(40) : Buffer.alloc(0),
  };
}

/** The value of an AV pair. */
function fieldOf(info: Buffer, id: number): Buffer | undefined {
  for (let at = 0; at + 4 <= info.length; ) {
    const found = info.readUInt16LE(at);
    const length = info.readUInt16LE(at + 2);
    if (found === id) return info.subarray(at + 4, at + 4 + length);
    if (found === 0) return undefined;
    at += 4 + length;
  }
  return undefined;
}

function splitUser(username: string): [domain: string | undefined, name: string] {
  const slash = username.indexOf("\\");
  return slash < 0 ? [undefined, username] : [username.slice(0, slash), username.slice(slash + 1)];
}

/** Tenths of a microsecond since 1601. */
function fileTime(nowMs: number): Buffer {
  const time = Buffer.alloc(8);
  time.writeBigUInt64LE((BigInt(Math.floor(nowMs)) + epochMs) * 10_000n);
  return time;
}

function hmacMd5(key: Buffer, ...parts: readonly Buffer[]): Buffer {
  const hmac = createHmac("md5", key);
  for (const part of parts) hmac.update(part);
  return hmac.digest();
}
