/** The three rounds of RFC 1320: order of words, shifts, and the constant added. */
const rounds = [
  { order: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], shifts: [3, 7, 11, 19], added: 0 },
  { order: [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15], shifts: [3, 5, 9, 13], added: 0x5a827999 },
  { order: [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15], shifts: [3, 9, 11, 15], added: 0x6ed9eba1 },
] as const;

const blockBytes = 64;

/** The MD4 digest (RFC 1320), which OpenSSL 3 keeps in a provider that is seldom loaded. Broken: for old protocols only. */
export function md4(message: Uint8Array): Buffer {
  const state = new Uint32Array([0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476]);
  const words = padded(message);
  for (let at = 0; at < words.length; at += 16) mix(state, words.subarray(at, at + 16));
  const digest = Buffer.alloc(16);
  state.forEach((word, i) => {
    digest.writeUInt32LE(word, 4 * i);
  });
  return digest;
}

/** HMAC (RFC 2104) over {@link md4}. */
export function hmacMd4(key: Uint8Array, message: Uint8Array): Buffer {
  const block = Buffer.alloc(blockBytes);
  block.set(key.length > blockBytes ? md4(key) : key);
  const inner = md4(Buffer.concat([block.map((byte) => byte ^ 0x36), message]));
  return md4(Buffer.concat([block.map((byte) => byte ^ 0x5c), inner]));
}

/** As little-endian words: the message, a one bit, zeros, and its length in bits. */
function padded(message: Uint8Array): Uint32Array {
  const bytes = Buffer.alloc((Math.floor((message.length + 8) / blockBytes) + 1) * blockBytes);
  bytes.set(message);
  bytes[message.length] = 0x80;
  bytes.writeBigUInt64LE(BigInt(message.length) * 8n, bytes.length - 8);
  return Uint32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readUInt32LE(4 * i));
}

function mix(state: Uint32Array, words: Uint32Array): void {
  let [a, b, c, d] = state as unknown as [number, number, number, number];
  rounds.forEach(({ order, shifts, added }, round) => {
    order.forEach((word, step) => {
      const chosen = round === 0 ? (b & c) | (~b & d) : round === 1 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d;
      const sum = (a + chosen + words[word]! + added) | 0;
      const shift = shifts[step % 4]!;
      [a, b, c, d] = [d, (sum << shift) | (sum >>> (32 - shift)), b, c];
    });
  });
  state[0]! += a;
  state[1]! += b;
  state[2]! += c;
  state[3]! += d;
}
