// Writable streams follow the standard.
import { check } from "k6";
import { WritableStream } from "k6/experimental/streams";

export default async function () {
  const got = [];
  const stream = new WritableStream({ write: (chunk) => void got.push(chunk) });
  const writer = stream.getWriter();
  await writer.write("a");
  await writer.write("b");
  await writer.close();
  check(got, { "in order": (chunks) => chunks.join() === "a,b" });
}
