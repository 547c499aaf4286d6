/**
 * What blocks in k6 and therefore suspends here, by module: the one table that the compiler goes by.
 *
 * `functions` are exports (also members of the default export) that always suspend. `methods` are names on objects
 * that the module hands out; since the compiler does not know objects, every call of such a name is tested at run time.
 */
export const suspendingCalls: Readonly<
  Record<string, { readonly functions: readonly string[]; readonly methods: readonly string[] }>
> = {
  k6: { functions: ["sleep", "group"], methods: [] },
  "k6/http": {
    functions: ["get", "head", "post", "put", "patch", "del", "options", "request", "batch"],
    methods: ["submitForm", "clickLink"],
  },
  "k6/ws": { functions: ["connect"], methods: [] },
  "k6/net/grpc": { functions: [], methods: ["connect", "invoke", "healthCheck"] },
};

/** Native methods that call a function argument and can be replayed as sequential loops when it suspends. */
export const loopMethods: ReadonlySet<string> = new Set([
  "forEach",
  "map",
  "filter",
  "some",
  "every",
  "find",
  "findIndex",
  "findLast",
  "findLastIndex",
  "flatMap",
  "reduce",
  "reduceRight",
  "from",
  "each",
]);

/** Native methods whose callback (at the index given) must return at once. */
export const synchronousCallbacks: Readonly<Record<string, number>> = {
  sort: 0,
  toSorted: 0,
  replace: 1,
  replaceAll: 1,
  stringify: 1,
  parse: 1,
  groupBy: 1,
};

/** Functions whose callback is run later and never given back to the script. */
export const laterCallbacks: ReadonlySet<string> = new Set([
  "then",
  "catch",
  "finally",
  "setTimeout",
  "setInterval",
  "queueMicrotask",
  "on",
  "addEventListener",
]);

/** Methods that JavaScript itself calls in the middle of an expression. */
export const implicitMethods: ReadonlySet<string> = new Set(["toString", "valueOf", "toJSON"]);
