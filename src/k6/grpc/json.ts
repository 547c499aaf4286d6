import type { Enum, Field, Root, Type } from "protobufjs";
import { misuse } from "../script-fail.js";
import { libraries } from "./libraries.js";

type Fields = Record<string, unknown>;

/** The input and the output of a method. */
export function messageTypes(
  root: Root,
  method: { readonly requestType: string; readonly responseType: string; readonly parent: unknown },
): { readonly request: Type; readonly response: Type } {
  const scope = (method.parent ?? root) as Root;
  return { request: scope.lookupType(method.requestType), response: scope.lookupType(method.responseType) };
}

/**
 * A script's object as a message, by protobuf's JSON mapping; as in k6 it goes through JSON first.
 *
 * @throws {Problem} `grpc.message-invalid`
 */
export function messageBytes(type: Type, value: unknown): Buffer {
  const { protojson } = libraries();
  try {
    const plain: unknown = JSON.parse(JSON.stringify(value ?? {}));
    return Buffer.from(type.encode(protojson.fromJson(type, plain)).finish());
  } catch (cause) {
    throw misuse("grpc.message-invalid", `The request does not fit the message ${type.fullName.slice(1)}.`, {
      at: type.fullName.slice(1),
      found: (cause as Error).message,
      expected: type.fieldsArray.map((field) => field.name).join(", "),
      cause,
    });
  }
}

/** A message as scripts see it: the same mapping, with what is unset at its default, as k6 gives it. */
export function messageObject(type: Type, bytes: Uint8Array): unknown {
  const { protojson } = libraries();
  const message = type.decode(bytes);
  return withDefaults(type, protojson.toJson(type, message));
}

/** Only messages that map to objects: Timestamp and its kin have a form of their own. */
function withDefaults(type: Type, json: unknown): unknown {
  if (type.fullName.startsWith(".google.protobuf.") || typeof json !== "object" || json === null) return json;
  const filled = json as Fields;
  const { camelCase } = libraries().protobuf.util;
  for (const field of type.fieldsArray) {
    field.resolve();
    const name = (field.options?.json_name as string | undefined) ?? camelCase(field.name);
    const value = filled[name];
    if (value === undefined) {
      // An unset choice stays out, as protobuf's mapping has it.
      if (field.partOf === null) filled[name] = defaultOf(field);
    } else if (field.resolvedType !== null && !isEnum(field.resolvedType)) {
      const inner = field.resolvedType;
      if (field.repeated) for (const each of value as unknown[]) withDefaults(inner, each);
      else if (field.map) for (const each of Object.values(value as Fields)) withDefaults(inner, each);
      else withDefaults(inner, value);
    }
  }
  return filled;
}

function defaultOf(field: Field): unknown {
  if (field.map) return {};
  if (field.repeated) return [];
  const { resolvedType, type, typeDefault } = field;
  if (isEnum(resolvedType)) return resolvedType.valuesById[Number(typeDefault)] ?? typeDefault;
  if (resolvedType !== null) return null;
  if (type === "bytes") return "";
  return /64$/.test(type) ? String(typeDefault) : typeDefault;
}

function isEnum(type: Field["resolvedType"]): type is Enum {
  return type !== null && "valuesById" in type;
}
