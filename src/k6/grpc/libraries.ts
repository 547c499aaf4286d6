import { createRequire } from "node:module";
import type { Root } from "protobufjs";

const require = createRequire(import.meta.url);

/** What a descriptor extension adds to protobufjs. */
interface Descriptors {
  readonly FileDescriptorSet: { decode(bytes: Uint8Array): unknown };
  readonly FileDescriptorProto: { decode(bytes: Uint8Array): DescribedFile };
}

/** The parts of a file's descriptor that finding its imports needs. */
export interface DescribedFile {
  readonly name: string;
  readonly dependency: readonly string[];
}

interface Libraries {
  readonly grpc: typeof import("@grpc/grpc-js");
  readonly protobuf: typeof import("protobufjs");
  readonly descriptors: Descriptors;
  readonly protojson: typeof import("protobufjs/ext/protojson.js");
}

let loaded: Libraries | undefined;

/** The gRPC libraries, loaded when a script first asks for them: most scripts never do. */
export function libraries(): Libraries {
  loaded ??= {
    grpc: require("@grpc/grpc-js") as Libraries["grpc"],
    protobuf: require("protobufjs") as Libraries["protobuf"],
    descriptors: require("protobufjs/ext/descriptor") as Descriptors,
    protojson: require("protobufjs/ext/protojson.js") as Libraries["protojson"],
  };
  return loaded;
}

/** Definitions out of a set of file descriptors. */
export function rootOf(set: unknown): Root {
  const { protobuf } = libraries();
  const root = (protobuf.Root as unknown as { fromDescriptor(set: unknown): Root }).fromDescriptor(set);
  root.resolveAll();
  return root;
}
