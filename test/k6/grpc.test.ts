import { createPrivateKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as grpc from "@grpc/grpc-js";
import protobuf from "protobufjs";
import descriptors from "protobufjs/ext/descriptor.js";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import type { GrpcResponse } from "../../src/k6/grpc/client.js";
import { healthRoot } from "../../src/k6/grpc/health.js";
import { grpcModule } from "../../src/k6/grpc.js";
import { pendingOf } from "../../src/k6/pending.js";
import { Problem } from "../../src/model/problem.js";
import { Interruption, isSuspending } from "../../src/model/vu.js";
import { type FakeVu, fakeOptions, makeFakeVu, plainNetwork } from "./fake-vu.js";

interface Client {
  load(paths: unknown, ...files: string[]): void;
  loadProtoset(path: string): void;
  connect(address: string, params?: object): Promise<boolean>;
  invoke(url: string, request: unknown, params?: object): Promise<GrpcResponse>;
  asyncInvoke(url: string, request: unknown, params?: object): Promise<GrpcResponse>;
  healthCheck(service?: string): Promise<GrpcResponse & { Status: string }>;
  close(): void;
}
interface Stream {
  on(event: string, listener: (value: never, more: { ts: number }) => unknown): void;
  write(message: unknown): void;
  end(): void;
}
interface Module {
  Client: new () => Client;
  Stream: new (client: Client, url: string, params?: object) => Stream;
  StatusOK: number;
  StatusNotFound: number;
  HealthCheckServing: string;
}

const folder = join(import.meta.dirname, "protos");
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

type DescriptorSet = protobuf.Message & { readonly file: { readonly name: string; dependency: string[] }[] };

/** What protoc would write: the descriptors of the same files. */
function protoset(): Uint8Array {
  const root = new protobuf.Root();
  root.resolvePath = (_origin, target) => join(folder, target);
  root.loadSync("shop.proto", { keepCase: true });
  const set = (root as unknown as { toDescriptor(edition: string): DescriptorSet }).toDescriptor("proto3");
  // protobufjs names the files after their packages and leaves out which of them needs which.
  set.file.find(({ name }) => name === "shop_v1.proto")!.dependency = ["common.proto", "google_protobuf.proto"];
  return (descriptors as unknown as { FileDescriptorSet: protobuf.Type }).FileDescriptorSet.encode(set).finish();
}
let setBytes: Uint8Array;
beforeAll(() => {
  setBytes = protoset();
});

function start(overrides: Partial<FakeVu> = {}) {
  const vu = makeFakeVu({
    phase: "init",
    now: () => performance.now(),
    readFile: (path) => {
      if (path === "shop.protoset") return setBytes;
      try {
        return readFileSync(join(folder, path));
      } catch {
        throw new Problem("script.file-unreadable", path);
      }
    },
    ...overrides,
  });
  closers.push(() => vu.retire());
  const module = grpcModule(vu) as Module;
  const client = new module.Client();
  return { vu, module, client };
}

const bytes = (buffer: Buffer): Buffer => buffer;
const loose = {
  requestSerialize: bytes,
  requestDeserialize: bytes,
  responseSerialize: bytes,
  responseDeserialize: bytes,
};

/** A server of its own making, on raw bytes: what it says does not come from the code under test. */
async function serve(): Promise<{ address: string; seen: Record<string, unknown>[] }> {
  const root = new protobuf.Root();
  root.resolvePath = (_origin, target) => join(folder, target);
  root.loadSync("shop.proto", { keepCase: true });
  const [Order, Line, Query] = ["Order", "Line", "Query"].map((name) => root.lookupType(`shop.v1.${name}`)) as [
    protobuf.Type,
    protobuf.Type,
    protobuf.Type,
  ];
  const encode = (type: protobuf.Type, value: object): Buffer =>
    Buffer.from(type.encode(type.fromObject(value)).finish());
  const seen: Record<string, unknown>[] = [];
  const method = (name: string, requestStream = false, responseStream = false) => ({
    path: `/shop.v1.Shop/${name}`,
    requestStream,
    responseStream,
    ...loose,
  });
  const server = new grpc.Server();
  server.addService(
    {
      Buy: method("Buy"),
      Fail: method("Fail"),
      Slow: method("Slow"),
      Find: method("Find", false, true),
      Sum: method("Sum", true, false),
      Chat: method("Chat", true, true),
    } as never,
    {
      Buy(call: grpc.ServerUnaryCall<Buffer, Buffer>, done: grpc.sendUnaryData<Buffer>) {
        seen.push({
          ...Order.toObject(Order.decode(call.request), { longs: String }),
          token: call.metadata.get("token"),
        });
        const headers = new grpc.Metadata();
        headers.set("served-by", "one");
        call.sendMetadata(headers);
        const trailers = new grpc.Metadata();
        trailers.set("cost", "3");
        done(null, call.request, trailers);
      },
      Fail: (_call: unknown, done: grpc.sendUnaryData<Buffer>) => done({ code: 5, details: "no such order" }),
      Slow: () => {},
      Find(call: grpc.ServerWritableStream<Buffer, Buffer>) {
        for (const id of [1, 2]) call.write(encode(Order, { order_id: id }));
        call.end();
      },
      Sum(call: grpc.ServerReadableStream<Buffer, Buffer>, done: grpc.sendUnaryData<Buffer>) {
        let count = 0;
        call.on("data", (message: Buffer) => {
          count += (Line.decode(message) as unknown as { count: number }).count;
        });
        call.on("end", () => done(null, encode(Line, { count })));
      },
      Chat(call: grpc.ServerDuplexStream<Buffer, Buffer>) {
        call.on("data", (message: Buffer) => {
          if ((Query.decode(message) as unknown as { text: string }).text === "bad") {
            call.emit("error", { code: 3, details: "do not say that" });
          } else call.write(message);
        });
        call.on("end", () => call.end());
      },
    } as never,
  );
  const health = healthRoot().lookupType("grpc.health.v1.HealthCheckResponse");
  server.addService(
    { Check: { path: "/grpc.health.v1.Health/Check", requestStream: false, responseStream: false, ...loose } } as never,
    {
      Check: (call: grpc.ServerUnaryCall<Buffer, Buffer>, done: grpc.sendUnaryData<Buffer>) =>
        done(null, encode(health, { status: call.request.length > 0 ? 2 : 1 })),
    },
  );
  addReflection(server);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  closers.push(() => server.forceShutdown());
  return { address: `127.0.0.1:${port}`, seen };
}

/** The newer name is left out: the client has to fall back. */
function addReflection(server: grpc.Server): void {
  const { FileDescriptorSet, FileDescriptorProto } = descriptors as unknown as Record<string, protobuf.Type>;
  const files = (FileDescriptorSet!.decode(setBytes) as unknown as { file: { name: string; package: string }[] }).file;
  const schema = protobuf.parse(`syntax = "proto3";
    message Q { string file = 3; string symbol = 4; string list = 7; }
    message F { repeated bytes file = 1; } message S { string name = 1; } message L { repeated S service = 1; }
    message E { int32 code = 1; string message = 2; } message A { F files = 4; L services = 6; E error = 7; }`).root;
  const [Q, A] = [schema.lookupType("Q"), schema.lookupType("A")];
  const answer = (value: object): Buffer => Buffer.from(A.encode(A.fromObject(value)).finish());
  const file = (wanted: (each: { name: string; package: string }) => boolean): Buffer => {
    const found = files.find(wanted);
    if (found === undefined) return answer({ error: { code: 5, message: "not here" } });
    return answer({ files: { file: [FileDescriptorProto!.encode(found as never).finish()] } });
  };
  server.addService(
    {
      Info: {
        path: "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
        requestStream: true,
        responseStream: true,
        ...loose,
      },
    } as never,
    {
      Info(call: grpc.ServerDuplexStream<Buffer, Buffer>) {
        call.on("data", (message: Buffer) => {
          const question = Q.decode(message) as unknown as { file: string; symbol: string; list: string };
          if (question.list !== "") call.write(answer({ services: { service: [{ name: "shop.v1.Shop" }] } }));
          else if (question.symbol !== "") call.write(file((each) => question.symbol.startsWith(`${each.package}.`)));
          else call.write(file((each) => each.name === question.file));
        });
        call.on("end", () => call.end());
      },
    },
  );
}

const plaintext = { plaintext: true };
const order = {
  orderId: "9007199254740993",
  lines: [{ itemName: "book", count: 2 }, { item_name: "pen" }],
  state: "PAID",
  proof: "AQI=",
  totalPrice: { currency: "EUR", amount: 12.5 },
  placedAt: "2026-01-31T12:00:00.500Z",
  labels: { a: "b" },
  street: "Main",
};

async function connected() {
  const { address, seen } = await serve();
  const made = start();
  made.client.load(["."], "shop.proto");
  made.vu.phase = "iteration";
  await made.client.connect(address, plaintext);
  return { ...made, address, seen };
}

describe("a client", () => {
  test("calls a method with what JSON says, and gives the answer as k6 does", async () => {
    const { client, seen, vu, address, module } = await connected();
    const params = { metadata: { token: "abc" }, tags: { kind: "buy" } };
    const response = await client.invoke("shop.v1.Shop/Buy", order, params);
    expect(seen[0]).toMatchObject({ order_id: "9007199254740993", state: 1, street: "Main", token: ["abc"] });
    expect(response).toMatchObject({ status: module.StatusOK, error: null, trailers: { cost: ["3"] } });
    expect(response.headers).toMatchObject({ "served-by": ["one"] });
    expect(response.message).toEqual({
      ...order,
      lines: [
        { itemName: "book", count: 2 },
        { itemName: "pen", count: 0 },
      ],
      gift: false,
    });
    const sample = vu.samples.find(({ metric }) => metric === "grpc_req_duration")!;
    expect(sample.value).toBeGreaterThan(0);
    const url = `${address}/shop.v1.Shop/Buy`;
    expect(sample.tags).toEqual({
      scenario: "default",
      group: "",
      url,
      name: "/shop.v1.Shop/Buy",
      service: "shop.v1.Shop",
      method: "Buy",
      status: "0",
      kind: "buy",
    });
  });

  test("what is unset is at its default, but choices are left out and messages are null", async () => {
    const { client } = await connected();
    expect((await client.invoke("/shop.v1.Shop/Buy", {})).message).toEqual({
      orderId: "0",
      lines: [],
      state: "STATE_UNKNOWN",
      proof: "",
      totalPrice: null,
      placedAt: null,
      labels: {},
      gift: false,
    });
  });

  test("a failed call, a timeout and a broken connection are answers, not exceptions", async () => {
    const { client, module, vu } = await connected();
    const failed = await client.invoke("shop.v1.Shop/Fail", { text: "x" });
    expect(failed).toMatchObject({
      status: module.StatusNotFound,
      message: null,
      error: { code: 5, message: "no such order" },
    });
    expect((await client.invoke("shop.v1.Shop/Slow", {}, { timeout: "50ms" })).status).toBe(4);
    closers.shift();
    expect(vu.samples.filter(({ metric }) => metric === "grpc_req_duration").map(({ tags }) => tags.status)).toEqual([
      "5",
      "4",
    ]);
  });

  test("the message is left out where the script does not want it", async () => {
    const { client } = await connected();
    expect((await client.invoke("shop.v1.Shop/Buy", order, { discardResponseMessage: true })).message).toBeNull();
  });

  test("asyncInvoke does not block, and the iteration lasts until its answer", async () => {
    const { client, vu } = await connected();
    let status = -1;
    void client.asyncInvoke("shop.v1.Shop/Buy", order).then((response) => {
      status = response.status;
    });
    await pendingOf(vu).idle();
    expect(status).toBe(0);
    expect([client.connect, client.invoke, client.healthCheck, client.asyncInvoke].map(isSuspending)).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });

  test("asks for the server's health", async () => {
    const { client, module } = await connected();
    expect(await client.healthCheck()).toMatchObject({ status: 0, Status: module.HealthCheckServing });
    expect((await client.healthCheck("shop")).message).toEqual({ status: "NOT_SERVING" });
  });

  test("a client's key may have a password; a wrong one is told", async () => {
    const pem = (name: string): string => readFileSync(join(import.meta.dirname, "../fixtures/tls", name), "utf8");
    const [cacerts, cert, plain] = [pem("ca.pem"), pem("server.pem"), pem("server-key.pem")];
    const key = createPrivateKey(plain)
      .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "secret" })
      .toString();
    const bytes = (text: string): Buffer => Buffer.from(text);
    const pairs = [{ private_key: bytes(plain), cert_chain: bytes(cert) }];
    const server = new grpc.Server();
    const secure = grpc.ServerCredentials.createSsl(bytes(cacerts), pairs, true);
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync("127.0.0.1:0", secure, (error, bound) => (error ? reject(error) : resolve(bound)));
    });
    closers.push(() => server.forceShutdown());
    const connect = (password: string) =>
      start({ phase: "iteration" }).client.connect(`localhost:${port}`, { tls: { cacerts, cert, key, password } });
    expect(await connect("secret")).toBe(true);
    await expect(connect("wrong")).rejects.toMatchObject({ code: "grpc.params-invalid" });
  });

  test("takes its definitions from a set of descriptors, or from the server itself", async () => {
    const { address } = await serve();
    const fromSet = start();
    fromSet.client.loadProtoset("shop.protoset");
    fromSet.vu.phase = "iteration";
    await fromSet.client.connect(address, plaintext);
    const reflected = start({ phase: "iteration" });
    await reflected.client.connect(address, { ...plaintext, reflect: true });
    for (const { client } of [fromSet, reflected]) {
      const { message } = await client.invoke("shop.v1.Shop/Buy", order);
      expect(message).toMatchObject({ orderId: order.orderId, totalPrice: order.totalPrice, placedAt: order.placedAt });
    }
  });

  test("definitions are parsed once for all VUs", () => {
    const a = start();
    a.client.load(null, "shop.proto");
    const size = a.vu.shared.size;
    const b = start({ shared: a.vu.shared });
    b.client.load(null, "shop.proto");
    expect(a.vu.shared.size).toBe(size);
  });

  test("hosts leads an address elsewhere", async () => {
    const { address } = await serve();
    const { client, vu } = start({ options: { ...fakeOptions, hosts: { "shop.test": address } } });
    client.load([], "shop.proto");
    vu.phase = "iteration";
    await client.connect("shop.test:443", plaintext);
    expect((await client.invoke("shop.v1.Shop/Buy", {})).status).toBe(0);
  });

  test.each([
    [
      "no connection",
      async ({ client }: Awaited<ReturnType<typeof connected>>) => {
        client.close();
        return client.invoke("shop.v1.Shop/Buy", {});
      },
      "grpc.not-connected",
    ],
    [
      "an unknown method",
      ({ client }) => Promise.resolve().then(() => client.invoke("shop.v1.Shop/By", {})),
      "grpc.method-unknown",
    ],
    ["an unknown field", ({ client }) => client.invoke("shop.v1.Shop/Buy", { ordr: 1 }), "grpc.message-invalid"],
    [
      "a value of another kind",
      ({ client }) => client.invoke("shop.v1.Shop/Buy", { lines: 5 }),
      "grpc.message-invalid",
    ],
    ["a stream by invoke", ({ client }) => client.invoke("shop.v1.Shop/Find", {}), "grpc.streaming-method"],
    [
      "params that are none",
      ({ client }) => client.invoke("shop.v1.Shop/Buy", {}, { metadata: 5 }),
      "grpc.params-invalid",
    ],
    ["an address with a scheme", ({ client }) => client.connect("http://127.0.0.1:1"), "grpc.address-invalid"],
    ["a refused connection", ({ client }) => client.connect("127.0.0.1:1", plaintext), "grpc.connect-failed"],
    [
      "TLS where there is none",
      ({ client, address }) => client.connect(address, { timeout: "2s" }),
      "grpc.connect-failed",
    ],
    ["load in an iteration", async ({ client }) => client.load([], "shop.proto"), "grpc.load-outside-init"],
  ] satisfies [string, (made: Awaited<ReturnType<typeof connected>>) => Promise<unknown>, string][])(
    "%s is told",
    async (_name, act, code) => {
      await expect(act(await connected())).rejects.toMatchObject({ code });
    },
  );

  test.each([
    ["a name", { blockHostnames: ["localhost"] }, "localhost", /the host localhost is blocked by localhost/],
    ["an address", { blacklistIPs: ["127.0.0.0/8"] }, "127.0.0.1", /is in 127\.0\.0\.0\/8/],
    ["what a name leads to", { blacklistIPs: ["127.0.0.0/8", "::1/128"] }, "localhost", /is in (127|::1)/],
  ])("%s that the options forbid is not called", async (_, forbidden, host, reason) => {
    const network = { ...plainNetwork, ...forbidden };
    const { address } = await serve();
    const { client, vu } = start({ options: { ...fakeOptions, network } });
    vu.phase = "iteration";
    await expect(client.connect(address.replace("127.0.0.1", host), plaintext)).rejects.toMatchObject({
      code: "grpc.connect-failed",
      found: expect.stringMatching(reason),
    });
  });

  test("files that are missing or broken are named", () => {
    const { client } = start();
    expect(() => client.load(["x", "y"], "none.proto")).toThrow(
      expect.objectContaining({ code: "grpc.proto-missing", at: "none.proto" }),
    );
    expect(() => client.load([], "../grpc.test.ts")).toThrow(expect.objectContaining({ code: "grpc.proto-invalid" }));
  });
});

describe("a stream", () => {
  test("of the server gives its messages, then its end; the iteration lasts as long", async () => {
    const { client, module, vu } = await connected();
    const stream = new module.Stream(client, "shop.v1.Shop/Find", { tags: { kind: "find" } });
    const seen: unknown[] = [];
    stream.on("data", ({ orderId }: { orderId: string }, { ts }) => seen.push([orderId, ts > 0]));
    stream.on("end", () => seen.push("end"));
    // No end(): the method takes one message, and the server waits for no second one.
    stream.write({ text: "books" });
    await pendingOf(vu).idle();
    expect(seen).toEqual([["1", true], ["2", true], "end"]);
    const count = (metric: string) => vu.samples.filter((sample) => sample.metric === metric).length;
    expect(["grpc_streams", "grpc_streams_msgs_sent", "grpc_streams_msgs_received"].map(count)).toEqual([1, 1, 2]);
    expect(vu.samples.find(({ metric }) => metric === "grpc_req_duration")!.tags).toMatchObject({
      name: "/shop.v1.Shop/Find",
      status: "0",
    });
  });

  test("of the client is summed up by the server", async () => {
    const { client, module, vu } = await connected();
    const stream = new module.Stream(client, "shop.v1.Shop/Sum");
    let sum = 0;
    stream.on("data", ({ count }: { count: number }) => {
      sum = count;
    });
    for (const count of [1, 2, 3]) stream.write({ itemName: "x", count });
    stream.end();
    await pendingOf(vu).idle();
    expect(sum).toBe(6);
  });

  test("in both directions answers as it goes, and an error is an event before the end", async () => {
    const { client, module, vu } = await connected();
    const stream = new module.Stream(client, "shop.v1.Shop/Chat");
    const seen: unknown[] = [];
    stream.on("data", ({ text }: { text: string }) => {
      seen.push(text);
      stream.write({ text: "bad" });
    });
    stream.on("error", ({ code, message }: { code: number; message: string }) => seen.push([code, message]));
    stream.on("end", () => seen.push("end"));
    stream.write({ text: "hello" });
    await pendingOf(vu).idle();
    expect(seen).toEqual(["hello", [3, "do not say that"], "end"]);
  });

  test("an interrupted iteration drops its stream", async () => {
    const { client, module, vu } = await connected();
    const stream = new module.Stream(client, "shop.v1.Shop/Chat");
    stream.write({ text: "hello" });
    vu.interrupt(new Interruption("cut short"));
    await pendingOf(vu).idle();
    expect(() => stream.on("nothing", () => {})).toThrow(expect.objectContaining({ code: "grpc.stream-event" }));
  });
});
