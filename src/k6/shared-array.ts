/** A SharedArray's elements as JSON in memory that all threads of the process share. */
export interface PackedArray {
  /** UTF-8. */
  readonly text: SharedArrayBuffer;
  /** Where each element begins in the text, and where the last one ends. */
  readonly starts: Float64Array;
}

/** In the map that the VUs of an engine share: the key of a SharedArray. */
export const sharedArrayKey = (name: string): string => `${keyHead}${name}`;
const keyHead = "k6/data:";

/** Every SharedArray of an engine, ready to be handed to other threads, by key. */
export function packSharedArrays(shared: ReadonlyMap<string, unknown>): Record<string, PackedArray> {
  const packed: Record<string, PackedArray> = {};
  for (const [key, elements] of shared) {
    if (key.startsWith(keyHead)) packed[key] = pack(elements as readonly unknown[]);
  }
  return packed;
}

function pack(elements: readonly unknown[]): PackedArray {
  const texts = elements.map((element) => Buffer.from(JSON.stringify(element)));
  const starts = new Float64Array(new SharedArrayBuffer(8 * (texts.length + 1)));
  for (const [i, text] of texts.entries()) starts[i + 1] = starts[i]! + text.length;
  const text = new SharedArrayBuffer(starts[texts.length]!);
  const bytes = new Uint8Array(text);
  for (const [i, part] of texts.entries()) bytes.set(part, starts[i]);
  return { text, starts };
}

/** Makes the SharedArrays of another thread known, so that their functions need not run again. */
export function adoptSharedArrays(shared: Map<string, unknown>, packed: Readonly<Record<string, PackedArray>>): void {
  for (const [key, array] of Object.entries(packed)) shared.set(key, lazyArray(array));
}

/**
 * An array whose elements are parsed when they are read, each time anew and frozen, as k6 does it: a gigabyte of test
 * data then exists once, however many threads read it.
 */
export function lazyArray({ text, starts }: PackedArray): readonly unknown[] {
  const bytes = Buffer.from(text);
  const length = starts.length - 1;
  const numberOf = (key: string | symbol): number => {
    if (typeof key !== "string") return -1;
    const n = Number(key);
    return Number.isInteger(n) && n >= 0 && n < length && String(n) === key ? n : -1;
  };
  const element = (n: number): unknown =>
    JSON.parse(bytes.toString("utf8", starts[n]!, starts[n + 1]!), (_key, value: unknown) => Object.freeze(value));
  // Its length is real, so that everything that arrays can do works on it; its elements are not there.
  return new Proxy(new Array<unknown>(length), {
    get(target, key, receiver) {
      const n = numberOf(key);
      return n < 0 ? (Reflect.get(target, key, receiver) as unknown) : element(n);
    },
    has: (target, key) => numberOf(key) >= 0 || Reflect.has(target, key),
    ownKeys: () => [...Array.from({ length }, (_, n) => String(n)), "length"],
    getOwnPropertyDescriptor(target, key) {
      const n = numberOf(key);
      if (n < 0) return Reflect.getOwnPropertyDescriptor(target, key);
      return { value: element(n), writable: false, enumerable: true, configurable: true };
    },
    // As a frozen array: a script that writes to it gets a TypeError.
    set: () => false,
    defineProperty: () => false,
    deleteProperty: () => false,
  });
}
