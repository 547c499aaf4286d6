// Hashes and signatures.
import { check } from "k6";
import crypto from "k6/crypto";

export default function () {
  const hasher = crypto.createHash("sha1");
  hasher.update("hello ");
  hasher.update("world");
  check(null, {
    sha256: () => crypto.sha256("hello", "hex").startsWith("2cf24dba5fb0a30e"),
    md5: () => crypto.md5("hello", "base64") === "XUFAKrxLKna5cZ2REBfFkg==",
    steps: () => hasher.digest("hex") === "2aae6c35c94fcfb415dbe95f408b9ce91ee846ed",
    hmac: () => crypto.hmac("sha256", "key", "data", "hex").startsWith("5031fe3d989c6d15"),
    random: () => crypto.randomBytes(16).byteLength === 16,
  });
}
