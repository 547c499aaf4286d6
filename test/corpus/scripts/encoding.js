// B64encode and b64decode.
import { check } from "k6";
import encoding from "k6/encoding";

export default function () {
  check(null, {
    encode: () => encoding.b64encode("hello, k6?") === "aGVsbG8sIGs2Pw==",
    url: () => encoding.b64encode("??>", "rawurl") === "Pz8-",
    decode: () => encoding.b64decode("aGVsbG8=", "std", "s") === "hello",
    bytes: () => new Uint8Array(encoding.b64decode("aGVsbG8=")).length === 5,
  });
}
