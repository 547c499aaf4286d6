// WebCrypto has an older module, too.
import { check } from "k6";
import { crypto } from "k6/experimental/webcrypto";

export default async function () {
  const digest = await crypto.subtle.digest("SHA-256", new Uint8Array([97]));
  check(digest, { bytes: (buffer) => buffer.byteLength === 32 });
}
