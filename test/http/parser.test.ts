import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseHeaders } from "../../src/http/headers.js";
import { ResponseParser } from "../../src/http/parser.js";

interface Parsed {
  readonly status: number;
  readonly body: string;
  readonly keepAlive: boolean;
  readonly done: boolean;
  readonly fault: string;
  readonly surplus: number;
}

/** Feeds the text in pieces of the given lengths (the last one repeated), reusing one buffer as the client does. */
function parse(text: string, pieces: readonly number[] = [], head = false, ends = false): Parsed {
  const parser = new ResponseParser();
  parser.start(head, true, 1 << 20);
  const bytes = Buffer.from(text, "latin1");
  const shared = Buffer.alloc(64 * 1024);
  let at = 0;
  let surplus = 0;
  for (let i = 0; at < bytes.length; i += 1) {
    const length = Math.max(1, Math.min(pieces[Math.min(i, pieces.length - 1)] ?? shared.length, shared.length));
    const end = Math.min(bytes.length, at + length);
    bytes.copy(shared, 0, at, end);
    const stoppedAt = parser.feed(shared, 0, end - at);
    shared.fill(0x58);
    if (parser.done || parser.failed) {
      surplus = bytes.length - at - stoppedAt;
      break;
    }
    at = end;
  }
  if (ends) parser.end();
  return {
    status: parser.status,
    body: parser.done ? parser.takeBody().toString("latin1") : "",
    keepAlive: parser.keepAlive,
    done: parser.done,
    fault: parser.fault,
    surplus,
  };
}

type How = { head?: boolean; ends?: boolean };

const responses: [name: string, text: string, expected: Partial<Parsed>, how?: How][] = [
  [
    "a counted body",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    { status: 200, body: "hello", keepAlive: true },
  ],
  ["header names in any case", "HTTP/1.1 200 OK\r\ncONTENT-lENGTH:5\r\n\r\nhello", { body: "hello" }],
  ["bare line feeds", "HTTP/1.1 200 OK\nContent-Length: 2\n\nhi", { body: "hi" }],
  ["no reason phrase", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", { status: 200, body: "" }],
  [
    "chunks, an extension and trailers",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=1\r\nhello\r\nA\r\n, world!!!\r\n0\r\nX-Sum: 1\r\n\r\n",
    { body: "hello, world!!!", keepAlive: true },
  ],
  [
    "chunked over a length",
    "HTTP/1.1 200 OK\r\nContent-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
    { body: "x" },
  ],
  [
    "100 Continue first",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok",
    { status: 201, body: "ok" },
  ],
  [
    "early hints first",
    "HTTP/1.1 103 Early Hints\r\nLink: x\r\nContent-Length: 9\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
    { status: 204 },
  ],
  ["204 despite a length", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", { status: 204, body: "" }],
  ["304 despite a length", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", { status: 304, body: "" }],
  ["HEAD despite a length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", { status: 200, body: "" }, { head: true }],
  [
    "a body until the connection ends",
    "HTTP/1.1 200 OK\r\n\r\nall of it",
    { body: "all of it", keepAlive: false },
    { ends: true },
  ],
  ["HTTP/1.0 closes", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", { keepAlive: false }],
  ["HTTP/1.0 may stay", "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 1\r\n\r\nx", { keepAlive: true }],
  ["close is obeyed", "HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 1\r\n\r\nx", { keepAlive: false }],
  ["equal lengths twice", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx", { body: "x" }],
];

const malformed: [name: string, text: string, ends?: boolean][] = [
  ["another protocol", "SSH-2.0-OpenSSH_9.2\r\n"],
  ["another protocol, without a line's end", "220"],
  ["a status that is no number", "HTTP/1.1 2x0 OK\r\n\r\n"],
  ["a short status", "HTTP/1.1 20\r\n\r\n"],
  ["a long status", "HTTP/1.1 2000 OK\r\n\r\n"],
  ["HTTP/2 in HTTP/1's clothes", "HTTP/2.0 200 OK\r\n\r\n"],
  ["an empty first line", "\r\nHTTP/1.1 200 OK\r\n\r\n"],
  ["a header without a colon", "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n"],
  ["a header without a name", "HTTP/1.1 200 OK\r\n: x\r\n\r\n"],
  ["a negative length", "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n"],
  ["a length in words", "HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\n"],
  ["two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"],
  ["an unknown transfer encoding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"],
  ["a chunk size that is no number", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"],
  ["a chunk without a size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n"],
  ["an absurd chunk size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n"],
  ["a chunk longer than its size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabcd\r\n0\r\n\r\n"],
  ["an end in the head", "HTTP/1.1 200 OK\r\nContent-Le", true],
  ["an end in the body", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", true],
  ["an end in a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", true],
  ["an end before the last chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", true],
  ["nothing at all", "", true],
  ["a head without end", `HTTP/1.1 200 OK\r\n${`X-Filler: ${"x".repeat(1000)}\r\n`.repeat(300)}`],
  ["a header line without end", `HTTP/1.1 200 OK\r\nX-Filler: ${"x".repeat(300_000)}`],
  ["trailers without end", `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n${"X: y\r\n".repeat(60_000)}`],
  ["a chunk extension without end", `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;${"x".repeat(20_000)}`],
  ["interim responses without end", "HTTP/1.1 100 Continue\r\n\r\n".repeat(20_000)],
  ["a body beyond the limit", `HTTP/1.1 200 OK\r\n\r\n${"x".repeat((1 << 20) + 1)}`],
];

describe("the response parser", () => {
  test.each(responses)("reads %s", (_name, text, expected, how = {}) => {
    const parsed = parse(text, [], how.head, how.ends);
    expect(parsed).toMatchObject({ done: true, fault: "", surplus: 0, ...expected });
  });

  test.each(malformed)("refuses %s", (_name, text, ends = false) => {
    const parsed = parse(text, [], false, ends);
    expect(parsed.done).toBe(false);
    expect(parsed.fault).not.toBe("");
  });

  test("the pieces in which bytes arrive do not matter", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: responses.length - 1 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 }),
        (index, pieces) => {
          const [, text, , how = {}] = responses[index]!;
          expect(parse(text, pieces, how.head, how.ends)).toEqual(parse(text, [], how.head, how.ends));
        },
      ),
    );
  });

  test("any body comes out of any chunking as it went in", () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 3000 }), { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 2000 }), { minLength: 1, maxLength: 8 }),
        (chunks, pieces) => {
          const body = Buffer.concat(chunks).toString("latin1");
          const framed = chunks.map((c) => `${c.length.toString(16)}\r\n${Buffer.from(c).toString("latin1")}\r\n`);
          const head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
          const parsed = parse(`${head}${framed.join("")}0\r\n\r\n`, pieces);
          expect(parsed.body).toBe(body);
          expect(parsed.surplus).toBe(0);
        },
      ),
    );
  });

  test("garbage never throws", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (bytes, ends) => {
        parse(`HTTP/1.1 200 OK\r\n${Buffer.from(bytes).toString("latin1")}`, [7], false, ends);
        parse(Buffer.from(bytes).toString("latin1"), [3], false, ends);
      }),
    );
  });

  test("bytes beyond the response are left to the caller", () => {
    expect(parse("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhello").surplus).toBe(3);
    expect(parse("HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1").surplus).toBe(8);
  });

  test("a head that drips in byte by byte costs time in proportion to its length", () => {
    const text = `HTTP/1.1 200 OK\r\n${`X-Filler: ${"x".repeat(100)}\r\n`.repeat(1500)}Content-Length: 0\r\n\r\n`;
    const began = performance.now();
    expect(parse(text, [1]).done).toBe(true);
    // Reading it all again for each byte would take 13 thousand million steps.
    expect(performance.now() - began).toBeLessThan(3000);
  });
});

describe("response headers", () => {
  test("have canonical names, keep every value, and unfold lines", () => {
    const head = "HTTP/1.1 200 OK\r\nset-cookie: a=1\r\nSET-COOKIE: b=2\r\nx-long: one\r\n two\r\netag:\r\n\r\n";
    expect(Object.fromEntries(parseHeaders(head))).toEqual({
      "Set-Cookie": ["a=1", "b=2"],
      "X-Long": ["one two"],
      Etag: [""],
    });
  });

  test("are read as UTF-8", () => {
    const head = Buffer.from("HTTP/1.1 200 OK\r\nX-Name: Zoë\r\n\r\n", "utf8").toString("latin1");
    expect(parseHeaders(head).get("X-Name")).toEqual(["Zoë"]);
  });
});
