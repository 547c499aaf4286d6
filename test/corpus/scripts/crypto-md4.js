// MD4 is there whatever OpenSSL holds: vectors of RFC 1320.
import { check } from "k6";
import crypto from "k6/crypto";

export default function () {
  const growing = crypto.createHash("md4");
  growing.update("a");
  growing.update("bc");
  check(null, {
    empty: () => crypto.md4("", "hex") === "31d6cfe0d16ae931b73c59d7e0c089c0",
    abc: () => crypto.md4("abc", "hex") === "a448017aaf21d8525fc10ae87aa6729d",
    parts: () => growing.digest("hex") === "a448017aaf21d8525fc10ae87aa6729d",
    long: () =>
      crypto.md4("12345678901234567890123456789012345678901234567890123456789012345678901234567890", "hex") ===
      "e33b4ddc9c38f2199c3e7b164fcc0536",
    hmac: () => crypto.hmac("md4", "key", "text", "hex").length === 32,
  });
}
