import type { Client, Metadata } from "@grpc/grpc-js";
import type { Root, Type } from "protobufjs";
import { misuse } from "../script-fail.js";
import { type DescribedFile, libraries, rootOf } from "./libraries.js";

const timeoutMs = 30_000;
/** The service's two names: servers have one or both. */
const services = ["grpc.reflection.v1", "grpc.reflection.v1alpha"];

interface Answer {
  readonly files?: { readonly contents: readonly Uint8Array[] };
  readonly services?: { readonly service: readonly { readonly name: string }[] };
  readonly error?: { readonly message: string };
}

/**
 * Asks a server for the definitions of all its services, by the gRPC server reflection protocol.
 *
 * @throws {Problem} `grpc.reflection-failed`
 */
export async function reflect(client: Client, metadata: Metadata): Promise<Root> {
  let failure = "";
  for (const service of services) {
    try {
      return await ask(client, service, metadata);
    } catch (error) {
      failure = (error as Error).message;
    }
  }
  throw misuse("grpc.reflection-failed", "The server does not tell its definitions.", {
    found: failure,
    hint: "Turn reflection on in the server, or load the .proto files.",
  });
}

async function ask(client: Client, service: string, metadata: Metadata): Promise<Root> {
  const { descriptors } = libraries();
  const conversation = new Conversation(client, service, metadata);
  try {
    const listed = await conversation.ask({ listServices: "*" });
    const names = (listed.services?.service ?? [])
      .map(({ name }) => name)
      .filter((name) => !name.startsWith("grpc.reflection."));
    const files = new Map<string, DescribedFile>();
    const keep = (answer: Answer): void => {
      for (const bytes of answer.files?.contents ?? []) {
        const file = descriptors.FileDescriptorProto.decode(bytes);
        files.set(file.name, file);
      }
    };
    for (const symbol of names) keep(await conversation.ask({ symbol }));
    for (let missing = missingOf(files); missing.length > 0; missing = missingOf(files)) {
      for (const fileName of missing) keep(await conversation.ask({ fileName }));
      if (missing.every((name) => !files.has(name))) throw new Error(`the server does not know ${missing.join(", ")}`);
    }
    return rootOf({ file: [...files.values()] });
  } finally {
    conversation.end();
  }
}

function missingOf(files: ReadonlyMap<string, DescribedFile>): string[] {
  const wanted = new Set([...files.values()].flatMap((file) => [...(file.dependency ?? [])]));
  return [...wanted].filter((name) => !files.has(name));
}

/** One stream of questions, each answered before the next. */
class Conversation {
  private readonly stream;
  private waiting: { resolve(answer: Answer): void; reject(error: Error): void } | undefined;
  private failure: Error | undefined;

  constructor(client: Client, service: string, metadata: Metadata) {
    const { request, response } = messages();
    this.stream = client.makeBidiStreamRequest(
      `/${service}.ServerReflection/ServerReflectionInfo`,
      (question: object) => Buffer.from(request.encode(request.fromObject(question)).finish()),
      (bytes: Buffer) => response.toObject(response.decode(bytes), { arrays: true }) as Answer,
      metadata,
      { deadline: Date.now() + timeoutMs },
    );
    this.stream.on("data", (answer: Answer) => {
      if (answer.error !== undefined) this.waiting?.reject(new Error(answer.error.message));
      else this.waiting?.resolve(answer);
    });
    this.stream.on("error", (error: Error) => {
      this.failure = error;
      this.waiting?.reject(error);
    });
    this.stream.on("end", () => this.waiting?.reject(this.failure ?? new Error("the server ended the conversation")));
  }

  ask(question: object): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.failure !== undefined) reject(this.failure);
      this.waiting = { resolve, reject };
      this.stream.write(question);
    });
  }

  end(): void {
    this.stream.end();
    this.stream.cancel();
  }
}

let types: { readonly request: Type; readonly response: Type } | undefined;

/** The fields of the protocol's messages that are used here; numbers from grpc/reflection/v1/reflection.proto. */
function messages(): { readonly request: Type; readonly response: Type } {
  const field = (type: string, id: number, rule?: "repeated"): object => ({
    type,
    id,
    ...(rule === undefined ? {} : { rule }),
  });
  if (types === undefined) {
    const root = libraries().protobuf.Root.fromJSON({
      nested: {
        Request: {
          fields: { fileName: field("string", 3), symbol: field("string", 4), listServices: field("string", 7) },
        },
        Files: { fields: { contents: field("bytes", 1, "repeated") } },
        Service: { fields: { name: field("string", 1) } },
        Services: { fields: { service: field("Service", 1, "repeated") } },
        Failure: { fields: { code: field("int32", 1), message: field("string", 2) } },
        Response: { fields: { files: field("Files", 4), services: field("Services", 6), error: field("Failure", 7) } },
      },
    } as never);
    types = { request: root.lookupType("Request"), response: root.lookupType("Response") };
  }
  return types;
}
