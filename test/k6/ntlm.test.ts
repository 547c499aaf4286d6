import { createHmac } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { authenticateMessage, negotiateMessage, ntlmV2Key } from "../../src/k6/http/ntlm.js";
import type { K6Response } from "../../src/k6/http/response.js";
import { httpModule } from "../../src/k6/http.js";
import { makeFakeVu } from "./fake-vu.js";

const serverChallenge = Buffer.from("0123456789abcdef", "hex");
// MsvAvNbDomainName "Domain", MsvAvNbComputerName "Server", and the end.
const targetInfo = Buffer.from("02000c0044006f006d00610069006e0001000c0053006500720076006500720000000000", "hex");

function challengeMessage(info: Buffer): Buffer {
  const head = Buffer.alloc(48);
  head.write("NTLMSSP\0", "latin1");
  head.writeUInt32LE(2, 8);
  head.writeUInt32LE(0xe28a8233, 20);
  serverChallenge.copy(head, 24);
  head.writeUInt16LE(info.length, 40);
  head.writeUInt16LE(info.length, 42);
  head.writeUInt32LE(48, 44);
  return Buffer.concat([head, info]);
}

/** A field of a message by the place of its length. */
function field(message: Buffer, at: number): Buffer {
  const offset = message.readUInt32LE(at + 4);
  return message.subarray(offset, offset + message.readUInt16LE(at));
}

describe("the messages", () => {
  test("NTLMv2 is computed as in [MS-NLMP] 4.2.4", () => {
    expect(ntlmV2Key("Password", "User", "Domain").toString("hex")).toBe("0c868a403bfd7a93a3001ef22ef02e3f");
    const user = { username: "Domain\\User", password: "Password" };
    const fixed = { clientChallenge: Buffer.alloc(8, 0xaa), nowMs: -11_644_473_600_000 };
    const message = authenticateMessage(challengeMessage(targetInfo), user, fixed)!;
    expect(field(message, 12).toString("hex")).toBe("86c35097ac9cec102554764a57cccc19aaaaaaaaaaaaaaaa");
    expect(field(message, 20).subarray(0, 16).toString("hex")).toBe("68cd0ab851e51c96aabc927bebef6a1c");
    expect(field(message, 28).toString("utf16le")).toBe("Domain");
    expect(field(message, 36).toString("utf16le")).toBe("User");
  });

  test("capitals are made letter by letter", () => {
    expect(ntlmV2Key("p", "strauß-é", "d")).toEqual(ntlmV2Key("p", "STRAUß-É", "d"));
    expect(ntlmV2Key("p", "strauß", "d")).not.toEqual(ntlmV2Key("p", "STRAUSS", "d"));
  });

  test("an answer that would not fit its field is not given", () => {
    const info = (bytes: number) => challengeMessage(Buffer.alloc(bytes, 1));
    const user = { username: "u", password: "p" };
    expect(authenticateMessage(info(65_000), user)).toBeDefined();
    expect(authenticateMessage(info(65_500), user)).toBeUndefined();
  });

  test("a server's time is taken, and then the older answer is left out", () => {
    const time = Buffer.from("0102030405060708", "hex");
    const info = Buffer.concat([Buffer.from([7, 0, 8, 0]), time, Buffer.alloc(4)]);
    const message = authenticateMessage(challengeMessage(info), { username: "u", password: "p" })!;
    expect(field(message, 12)).toEqual(Buffer.alloc(24));
    expect(field(message, 20).subarray(24, 32)).toEqual(time);
    // A user without a domain is one of the server's own, which this one does not name.
    expect(field(message, 28)).toHaveLength(0);
  });

  test.each([
    ["nothing", Buffer.alloc(0)],
    ["the first message", negotiateMessage()],
    ["other bytes", Buffer.alloc(64, 1)],
    ["fields that lead outside", challengeMessage(Buffer.alloc(0)).fill(0xff, 40)],
  ])("%s as a challenge does no harm", (_, bytes) => {
    expect(() => authenticateMessage(bytes, { username: "u", password: "p" })).not.toThrow();
  });
});

describe("params.auth", () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  /** Lets connections in that answered its challenge for ann with the password. */
  async function serve(scheme: string, password: string) {
    const seen: string[] = [];
    const headers: string[][] = [];
    const challenged = new WeakSet<Socket>();
    const known = new WeakSet<Socket>();
    server = createServer((request, response) => {
      const given = request.headersDistinct.authorization ?? [];
      headers.push(given.map((each) => each.slice(0, 12)));
      const [, token = ""] = (given.find((each) => each.startsWith(`${scheme} `)) ?? "").split(" ");
      const message = Buffer.from(token, "base64");
      const kind = message.length === 0 ? 0 : message.readUInt32LE(8);
      seen.push(`${request.method} ${kind}`);
      if (kind === 3 && challenged.has(request.socket)) {
        const answer = field(message, 20);
        const key = ntlmV2Key(password, "ann", "CORP");
        const proof = createHmac("md5", key).update(serverChallenge).update(answer.subarray(16)).digest();
        if (proof.equals(answer.subarray(0, 16))) known.add(request.socket);
      }
      request.resume();
      if (request.url === "/moved") {
        // To a connection that knows nobody.
        response.writeHead(302, { location: "/", connection: "close" }).end();
        return;
      }
      if (known.has(request.socket)) response.end("in");
      else if (kind === 1) {
        challenged.add(request.socket);
        const text = `${scheme} ${challengeMessage(targetInfo).toString("base64")}`;
        response.writeHead(401, { "www-authenticate": text }).end("no");
      } else response.writeHead(401, { "www-authenticate": ['Basic realm="r"', scheme] }).end("no");
    });
    await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const vu = makeFakeVu({ now: () => performance.now() });
    const http = httpModule(vu) as { post(url: string, body: string, params: unknown): Promise<K6Response> };
    const post = (path = "/", params = {}, user = "CORP%5Cann:secret@") =>
      http.post(`http://${user}${host}${path}`, "x", { auth: "ntlm", ...params });
    return { seen, headers, vu, post };
  }

  test.each(["NTLM", "Negotiate"])("ntlm answers %s once a connection", async (scheme) => {
    const { seen, vu, post } = await serve(scheme, "secret");
    expect(await post()).toMatchObject({ status: 200, body: "in" });
    expect(await post()).toMatchObject({ status: 200, body: "in" });
    expect(seen).toEqual(["POST 0", "POST 1", "POST 3", "POST 0"]);
    expect(vu.http.map(({ tags, sample }) => [tags.status, sample.failed])).toEqual([
      ["401", false],
      ["401", true],
      ["200", false],
      ["200", false],
    ]);
    vu.retire();
  });

  test("a redirect to another connection is answered there", async () => {
    const { seen, vu, post } = await serve("NTLM", "secret");
    expect(await post("/moved")).toMatchObject({ status: 200, body: "in" });
    expect(seen).toEqual(["POST 0", "GET 0", "GET 1", "GET 3"]);
    vu.retire();
  });

  test("credentials of a script's own header are used; one of another kind is left alone", async () => {
    const { seen, headers, vu, post } = await serve("NTLM", "secret");
    const own = { headers: { Authorization: `Basic ${Buffer.from("CORP\\ann:secret").toString("base64")}` } };
    expect(await post("/", own, "")).toMatchObject({ status: 200 });
    expect(headers).toEqual([[], ["NTLM TlRMTVN"], ["NTLM TlRMTVN"]]);
    seen.length = 0;
    vu.retire();
    const other = await serve("NTLM", "secret");
    expect(await other.post("/", { headers: { Authorization: "Bearer t" } }, "")).toMatchObject({ status: 401 });
    expect(await other.post("/", {}, "")).toMatchObject({ status: 401 });
    expect(other.headers).toEqual([["Bearer t"], []]);
    other.vu.retire();
  });

  test("a server that offers only Basic gets that, as by k6", async () => {
    const given: (string | undefined)[] = [];
    server = createServer((request, response) => {
      given.push(request.headers.authorization);
      if (request.headers.authorization === undefined) {
        response.writeHead(401, { "www-authenticate": 'Basic realm="r"' }).end();
      } else response.end("in");
    });
    await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
    const vu = makeFakeVu({ now: () => performance.now() });
    const http = httpModule(vu) as { get(url: string, params: unknown): Promise<K6Response> };
    const url = `http://ann:pw@127.0.0.1:${(server.address() as AddressInfo).port}/`;
    expect(await http.get(url, { auth: "ntlm" })).toMatchObject({ status: 200 });
    expect(given).toEqual([undefined, `Basic ${Buffer.from("ann:pw").toString("base64")}`]);
    vu.retire();
  });

  test("a wrong password ends with the 401", async () => {
    const { seen, vu, post } = await serve("NTLM", "another");
    expect(await post()).toMatchObject({ status: 401 });
    expect(seen).toEqual(["POST 0", "POST 1", "POST 3"]);
    vu.retire();
  });
});
