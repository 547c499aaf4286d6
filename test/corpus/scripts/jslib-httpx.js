// The client of httpx is built in.
import { check } from "k6";
import { Get, Httpx, Post } from "https://jslib.k6.io/httpx/0.1.0/index.js";

const session = new Httpx({ baseURL: __ENV.URL, headers: { "X-Mine": "1" } });

export default function () {
  const response = session.get("/json");
  session.addHeader("X-Two", "2");
  session.post("/echo", "body");
  const [a, b] = session.batch([new Get("/a"), new Post("/b", "x")]);
  check(null, { got: () => response.json("user.name") === "Ada", both: () => a.status === 200 && b.status === 200 });
}
