import { Selection } from "../k6/html/selection.js";

/** A function of the script that the transform made async. */
type Callback = (this: unknown, ...args: unknown[]) => unknown;
type Loop = (self: unknown, args: readonly unknown[]) => Promise<unknown>;

const lengthOf = (list: ArrayLike<unknown>): number => list.length;

/** An empty list of the kind that native methods would make from this one (subclasses keep their class). */
function emptyLike(list: ArrayLike<unknown>): unknown[] {
  return Array.isArray(list) ? Array.prototype.slice.call(list, 0, 0) : [];
}

type Step = (
  value: unknown,
  index: number,
  result: unknown,
) => { readonly stop: true; readonly value: unknown } | undefined;

/** Visits a list in order, one call at a time; its length is taken at the start, holes are skipped, as natively. */
function forward(step: Step, holes: boolean, otherwise: (list: ArrayLike<unknown>) => unknown, backward = false): Loop {
  return async (self, [callback, thisArg]) => {
    const list = self as ArrayLike<unknown>;
    const length = lengthOf(list);
    for (let n = 0; n < length; n++) {
      const index = backward ? length - 1 - n : n;
      if (!holes && !(index in list)) continue;
      const value = list[index];
      const done = step(value, index, await (callback as Callback).call(thisArg, value, index, list));
      if (done !== undefined) return done.value;
    }
    return otherwise(list);
  };
}

const stop = (value: unknown): { readonly stop: true; readonly value: unknown } => ({ stop: true, value });

function find(wanted: "value" | "index", backward: boolean): Loop {
  const step: Step = (value, index, result) => (result ? stop(wanted === "value" ? value : index) : undefined);
  return forward(step, true, () => (wanted === "value" ? undefined : -1), backward);
}

/** Loops that build a list; a fresh one each call. */
function building(
  add: (made: unknown[], value: unknown, index: number, result: unknown) => void,
  sized: boolean,
): Loop {
  return async (self, args) => {
    const list = self as ArrayLike<unknown>;
    const made = emptyLike(list);
    if (sized) made.length = lengthOf(list);
    const step: Step = (value, index, result) => {
      add(made, value, index, result);
      return undefined;
    };
    return forward(step, false, () => made)(self, args);
  };
}

function reduce(backward: boolean): Loop {
  return async (self, args) => {
    const list = self as ArrayLike<unknown>;
    const length = lengthOf(list);
    let started = args.length > 1;
    let sum = args[1];
    for (let n = 0; n < length; n++) {
      const index = backward ? length - 1 - n : n;
      if (!(index in list)) continue;
      if (started) sum = await (args[0] as Callback).call(undefined, sum, list[index], index, list);
      else {
        started = true;
        sum = list[index];
      }
    }
    if (!started) throw new TypeError("Reduce of empty array with no initial value");
    return sum;
  };
}

const forEachEntry: Loop = async (self, [callback, thisArg]) => {
  const entries = self instanceof Map ? self : (self as Set<unknown>).entries();
  for (const [key, value] of entries) await (callback as Callback).call(thisArg, value, key, self);
};

const from: Loop = async (self, [items, callback, thisArg]) => {
  const iterable = items as Iterable<unknown> & ArrayLike<unknown>;
  const Kind = typeof self === "function" ? (self as ArrayConstructor) : Array;
  const made: unknown[] = new Kind();
  let index = 0;
  if (iterable[Symbol.iterator] !== undefined) {
    for (const value of iterable) {
      made[index] = await (callback as Callback).call(thisArg, value, index);
      index += 1;
    }
  } else {
    for (; index < iterable.length; index++)
      made[index] = await (callback as Callback).call(thisArg, iterable[index], index);
  }
  made.length = index;
  return made;
};

const forEach = forward(
  () => undefined,
  false,
  () => undefined,
);
const some = forward(
  (_v, _i, result) => (result ? stop(true) : undefined),
  false,
  () => false,
);
const every = forward(
  (_v, _i, result) => (result ? undefined : stop(false)),
  false,
  () => true,
);
const shared: Readonly<Record<string, Loop>> = {
  forEach,
  some,
  every,
  find: find("value", false),
  findIndex: find("index", false),
  findLast: find("value", true),
  findLastIndex: find("index", true),
  reduce: reduce(false),
  reduceRight: reduce(true),
};
const arraysOnly: Readonly<Record<string, Loop>> = {
  map: building((made, _v, index, result) => {
    made[index] = result;
  }, true),
  filter: building((made, value, _i, result) => {
    if (result) made.push(value);
  }, false),
  flatMap: building((made, _v, _i, result) => {
    if (Array.isArray(result)) for (const inner of result.flat(0)) made.push(inner);
    else made.push(result);
  }, false),
};

const eachElement: Loop = async (self, [callback]) => {
  const selection = self as Selection;
  for (const [index, element] of selection.visits("each", callback)) await (callback as Callback)(index, element);
  return selection;
};

const mapElements: Loop = async (self, [callback]) => {
  const answers: unknown[] = [];
  for (const [index, item] of (self as Selection).visits("map", callback)) {
    const answer = await (callback as Callback)(index, item);
    if (answer !== undefined && answer !== null) answers.push(answer);
  }
  return answers;
};

const typedArray: object = Object.getPrototypeOf(Uint8Array.prototype);
const methodOf = (owner: object, name: string): unknown => (owner as Record<string, unknown>)[name];

/** Native function -> its sequential async twin, and which argument is the callback. */
export const nativeLoops: ReadonlyMap<unknown, { readonly run: Loop; readonly callback: number }> = new Map<
  unknown,
  { readonly run: Loop; readonly callback: number }
>([
  ...Object.entries({ ...shared, ...arraysOnly }).map(
    ([name, run]) => [methodOf(Array.prototype, name), { run, callback: 0 }] as const,
  ),
  ...Object.entries(shared).map(([name, run]) => [methodOf(typedArray, name), { run, callback: 0 }] as const),
  [Map.prototype.forEach, { run: forEachEntry, callback: 0 }] as const,
  [Set.prototype.forEach, { run: forEachEntry, callback: 0 }] as const,
  [Array.from, { run: from, callback: 1 }] as const,
  [Selection.prototype.each, { run: eachElement, callback: 0 }] as const,
  [Selection.prototype.map, { run: mapElements, callback: 0 }] as const,
]);

/** Native functions that need their callback's answer at once, with the index of the callback. */
export const nativeSynchronous: ReadonlyMap<unknown, number> = new Map<unknown, number>([
  [Array.prototype.sort, 0],
  [Array.prototype.toSorted, 0],
  [String.prototype.replace, 1],
  [String.prototype.replaceAll, 1],
  [JSON.stringify, 1],
  [JSON.parse, 1],
  ...["sort", "toSorted", "map", "filter"].map((name) => [methodOf(typedArray, name), 0] as const),
  ...[Object, Map].flatMap((owner) => (methodOf(owner, "groupBy") ? [[methodOf(owner, "groupBy"), 1] as const] : [])),
]);
