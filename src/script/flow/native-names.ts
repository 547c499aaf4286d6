/** Names of JavaScript's own methods: a call of one may be native even where the script has a method of that name. */
export const nativeNames = new Set(
  [
    Object,
    Function,
    Array,
    String,
    Number,
    RegExp,
    Promise,
    Map,
    Set,
    WeakMap,
    WeakSet,
    WeakRef,
    Date,
    Symbol,
    BigInt,
    ArrayBuffer,
    DataView,
    Uint8Array,
    Object.getPrototypeOf(Uint8Array),
    Object.getPrototypeOf([].values())?.constructor ?? Object,
    Error,
  ]
    .flatMap((c) => [...Object.getOwnPropertyNames(c), ...Object.getOwnPropertyNames(c.prototype ?? {})])
    .concat(Object.getOwnPropertyNames(Reflect), Object.getOwnPropertyNames(JSON), Object.getOwnPropertyNames(Math), [
      "log",
      "info",
      "warn",
      "error",
      "debug",
      "next",
      "return",
      "throw",
      "on",
    ]),
);
