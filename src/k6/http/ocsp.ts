/** What a server's certificate authority said of the certificate, as k6 shows it; times are seconds since 1970. */
export interface OcspAnswer {
  readonly produced_at: number;
  readonly this_update: number;
  readonly next_update: number;
  readonly revoked_at: number;
  readonly revocation_reason: string;
  readonly status: "good" | "revoked" | "unknown" | "";
}

const nothing = { produced_at: 0, this_update: 0, next_update: 0, revoked_at: 0, revocation_reason: "" };
/** Where nothing was stapled, or what was stapled cannot be read. */
export const noOcspAnswer: OcspAnswer = { ...nothing, status: "unknown" };
/** Without TLS. */
export const noTlsAnswer: OcspAnswer = { ...nothing, status: "" };

/** The reasons of RFC 5280, section 5.3.1, by their number; 7 is none. */
const reasons = [
  ...["unspecified", "key_compromise", "ca_compromise", "affiliation_changed", "superseded"],
  ...["cessation_of_operation", "certificate_hold", "", "remove_from_crl", "privilege_withdrawn", "aa_compromise"],
];

const tags = {
  sequence: 0x30,
  octets: 0x04,
  enumerated: 0x0a,
  generalizedTime: 0x18,
  explicit0: 0xa0,
  good: 0x80,
  revoked: 0xa1,
} as const;
/** 1.3.6.1.5.5.7.48.1.1, the one type of response that there is. */
const basicResponse = Buffer.from("2b0601050507300101", "hex");
/** The zero of k6's clock, the year 1. */
const nowhere = -62_135_596_800;

// One answer serves every request of its connections.
const read = new WeakMap<Uint8Array, OcspAnswer>();

/**
 * Reads a stapled OCSP response (RFC 6960, section 4.2.1), without a look at its signature.
 *
 * @param der as it came in the TLS handshake
 */
export function parseOcsp(der: Uint8Array | undefined): OcspAnswer {
  if (der === undefined) return noOcspAnswer;
  let answer = read.get(der);
  if (answer === undefined) {
    answer = parse(der);
    read.set(der, answer);
  }
  return answer;
}

function parse(der: Uint8Array): OcspAnswer {
  try {
    const [status, bytes] = children(only(der, tags.sequence));
    if (status === undefined || bytes === undefined || status.value[0] !== 0) return noOcspAnswer;
    const [type, octets] = children(only(bytes.value, tags.sequence));
    if (!basicResponse.equals(type!.value)) return noOcspAnswer;
    const [data] = children(only(octets!.value, tags.sequence));
    const fields = children(data!.value);
    const produced = fields.findIndex(({ tag }) => tag === tags.generalizedTime);
    const [single, another] = children(fields[produced + 1]!.value);
    if (another !== undefined) return noOcspAnswer;
    const [, certificate, thisUpdate, next] = children(single!.value);
    const isRevoked = certificate!.tag === tags.revoked;
    const [revokedAt, reason] = isRevoked ? children(certificate!.value) : [];
    return {
      produced_at: seconds(fields[produced]!.value),
      this_update: seconds(thisUpdate!.value),
      next_update: next?.tag === tags.explicit0 ? seconds(only(next.value, tags.generalizedTime)) : nowhere,
      revoked_at: revokedAt === undefined ? nowhere : seconds(revokedAt.value),
      revocation_reason: reasons[reason === undefined ? 0 : only(reason.value, tags.enumerated)[0]!] ?? "",
      status: isRevoked ? "revoked" : certificate!.tag === tags.good ? "good" : "unknown",
    };
  } catch {
    // Not what it should be: as good as nothing.
    return noOcspAnswer;
  }
}

interface Element {
  readonly tag: number;
  readonly value: Uint8Array;
}

function children(bytes: Uint8Array): Element[] {
  const found: Element[] = [];
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes[at]!;
    let length = bytes[at + 1]!;
    let start = at + 2;
    if (length >= 0x80) {
      const count = length & 0x7f;
      if (count === 0 || count > 4) throw new RangeError("length");
      length = 0;
      for (const byte of bytes.subarray(start, start + count)) length = length * 256 + byte;
      start += count;
    }
    if (!(start + length <= bytes.length)) throw new RangeError("cut off");
    found.push({ tag, value: bytes.subarray(start, start + length) });
    at = start + length;
  }
  return found;
}

function only(bytes: Uint8Array, tag: number): Uint8Array {
  const [first, another] = children(bytes);
  if (first?.tag !== tag || another !== undefined) throw new RangeError("tag");
  return first.value;
}

/** GeneralizedTime, in UTC: 20260118142233Z. */
function seconds(bytes: Uint8Array): number {
  const text = Buffer.from(bytes).toString("latin1");
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.\d+)?Z$/.exec(text);
  if (match === null) throw new RangeError("time");
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number);
  return Date.UTC(year!, month! - 1, day, hour, minute, second) / 1000;
}
