// The client of httpx has asynchronous requests, and TRACE.
import { check } from "k6";
import { Httpx } from "https://jslib.k6.io/httpx/0.1.0/index.js";

const session = new Httpx({ baseURL: __ENV.URL });

export default async function () {
  const got = await session.asyncGet("/json");
  const posted = await session.asyncPost("/echo", "body");
  await session.asyncRequest("PUT", "/echo", "more");
  session.trace("/end");
  check(null, { got: () => got.json("user.name") === "Ada", posted: () => posted.json("body") === "body" });
}
