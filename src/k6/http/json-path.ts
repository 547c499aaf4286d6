/**
 * Picks a value out of parsed JSON by a selector in gjson's syntax, which is k6's.
 *
 *     items.0.name        keys and array indexes; \. for a dot within a key, * and ? for letters of it
 *     items.#             how many
 *     items.#.name        of each that has one
 *     items.#(price>5)    the first that fits; #(price>5)# all of them
 *     items.#.name|0      | asks of the whole result what . would ask of each element
 *     {a,"b":c.d} [a,b]   several at once
 *     items|@reverse      modifiers
 *
 * @returns undefined where nothing is found
 */
export function selectJson(root: unknown, selector: string): unknown {
  return selector === "" ? undefined : get(root, selector);
}

type Fields = Readonly<Record<string, unknown>>;

/** The whole value where the path is at its end. */
function get(value: unknown, path: string): unknown {
  if (path === "" || value === undefined) return value;
  const special = path[0]!;
  if (special === "@") {
    const modified = modify(value, path);
    if (modified !== undefined) return modified.value;
  }
  if (special === "{" || special === "[") return several(value, path);
  if (special === "!") return parsed(path.slice(1));
  const end = endOfPart(path);
  const part = path.slice(0, end);
  const rest = path.slice(end + 1);
  if (part.startsWith("#") && Array.isArray(value)) return ofArray(value, part, { rest, sign: path[end] });
  return get(child(value, part), rest);
}

/** What a path asks of an array by `#`: of how many, of each, of those that fit. */
function ofArray(list: readonly unknown[], part: string, after: { rest: string; sign: string | undefined }): unknown {
  const { rest, sign } = after;
  if (part === "#") return sign === "." ? ofEach(list, rest) : get(list.length, rest);
  const query = queryOf(part);
  if (query === undefined) return undefined;
  if (!query.all) return get(list.find(query.fits), rest);
  const found = list.filter(query.fits);
  return sign === "." ? ofEach(found, rest) : get(found, rest);
}

/** Elements without what is asked for are left out; what follows a pipe is asked of the whole. */
function ofEach(list: readonly unknown[], path: string): unknown {
  const pipe = endOfPart(path, "|");
  const each = path.slice(0, pipe);
  const found = each === "" ? [] : list.map((one) => get(one, each)).filter((one) => one !== undefined);
  return get(found, path.slice(pipe + 1));
}

function child(value: unknown, part: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  if (Array.isArray(value)) return /^\d+$/.test(part) ? value[Number(part)] : undefined;
  const fields = value as Fields;
  const key = unescaped(part);
  if (!hasWildcard(part)) return Object.hasOwn(fields, key) ? fields[key] : undefined;
  const name = Object.keys(fields).find((each) => isLike(each, part));
  return name === undefined ? undefined : fields[name];
}

interface Query {
  readonly all: boolean;
  readonly fits: (one: unknown) => boolean;
}

const operators = ["==", "!=", "<=", ">=", "!%", "=", "<", ">", "%"] as const;

/** `#(path op value)`, and `#(…)#` for all; the older brackets do too. @returns undefined where it is cut off */
function queryOf(part: string): Query | undefined {
  const match = /^#[([](.*)[)\]](#?)$/s.exec(part);
  if (match === null) return undefined;
  const text = match[1]!.trim();
  const at = operatorAt(text);
  const operator = operators.find((one) => text.startsWith(one, at));
  const path = text.slice(0, at).trim();
  const asked = operator === undefined ? "" : text.slice(at + operator.length).trim();
  const isTruth = asked.startsWith("~");
  const wanted = asked.startsWith('"') ? String(parsed(asked) ?? asked.slice(1)) : asked;
  return {
    all: match[2] === "#",
    fits: (one) => {
      const found = get(one, path);
      if (isTruth) return (operator === "!=") !== fitsTruth(found, wanted);
      if (found === undefined) return false;
      return operator === undefined || compares(found, operator === "==" ? "=" : operator, wanted);
    },
  };
}

/** `~true` and the like take values for what JavaScript would. */
function fitsTruth(found: unknown, wanted: string): boolean {
  const isTrue =
    found === true ||
    (typeof found === "number" && found !== 0) ||
    (typeof found === "string" && found !== "" && found !== "0" && !/^(?:f|false)$/i.test(found));
  switch (wanted) {
    case "~true":
      return isTrue;
    case "~false":
      return !isTrue;
    case "~null":
      return found === undefined || found === null;
    case "~*":
      return found !== undefined;
    default:
      return false;
  }
}

function compares(found: unknown, operator: string, wanted: string): boolean {
  switch (typeof found) {
    case "string":
      if (operator === "%" || operator === "!%") return isLike(found, wanted) === (operator === "%");
      return inOrder(operator, found === wanted ? 0 : found < wanted ? -1 : 1);
    case "number":
      return inOrder(operator, Math.sign(found - (Number(wanted) || 0)));
    case "boolean":
      if (wanted !== "true" && wanted !== "false") return operator === "!=";
      return inOrder(operator, Number(found) - Number(wanted === "true"));
    default:
      return false;
  }
}

function inOrder(operator: string, order: number): boolean {
  switch (operator) {
    case "=":
      return order === 0;
    case "!=":
      return order !== 0;
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    case ">":
      return order > 0;
    case ">=":
      return order >= 0;
    default:
      return false;
  }
}

/** `{a,"name":b.c}` or `[a,b]`: what is there of several paths. */
function several(value: unknown, path: string): unknown {
  const end = closing(path, 0);
  if (end < 0) return undefined;
  const parts = splitAt(path.slice(1, end), ",").filter((part) => part !== "");
  const found: [name: string, value: unknown][] = [];
  for (const part of parts) {
    const colon = path[0] === "{" && part.startsWith('"') ? closing(part, 0) + 1 : 0;
    const isNamed = colon > 0 && part[colon] === ":";
    const asked = isNamed ? part.slice(colon + 1) : part;
    const one = get(value, asked);
    if (one !== undefined) found.push([isNamed ? String(parsed(part.slice(0, colon))) : nameOf(asked), one]);
  }
  const made = path[0] === "[" ? found.map(([, one]) => one) : Object.fromEntries(found);
  return get(made, path.slice(end + 1).replace(/^[.|]/, ""));
}

/** The last key of a path. */
function nameOf(path: string): string {
  const name = splitAt(path, ".").at(-1)!;
  return /^[#@]/.test(name) ? "_" : unescaped(name);
}

type Modifier = (value: unknown, argument: unknown) => unknown;

const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const asIs: Modifier = (value) => value;

const modifiers: Readonly<Record<string, Modifier>> = {
  this: asIs,
  // They change how JSON is written, and a script gets values.
  pretty: asIs,
  ugly: asIs,
  valid: asIs,
  reverse(value) {
    if (Array.isArray(value)) return value.toReversed();
    return isObject(value) ? Object.fromEntries(Object.entries(value).toReversed()) : value;
  },
  keys(value) {
    if (Array.isArray(value)) return value.map(() => null);
    return isObject(value) ? Object.keys(value) : [];
  },
  values(value) {
    if (Array.isArray(value)) return value;
    return isObject(value) ? Object.values(value) : [value];
  },
  flatten(value, argument) {
    const isDeep = isObject(argument) && argument.deep === true;
    return Array.isArray(value) ? value.flat(isDeep ? Number.POSITIVE_INFINITY : 1) : value;
  },
  join: (value) => (Array.isArray(value) ? Object.assign({}, ...value.filter(isObject)) : value),
  tostr: (value) => JSON.stringify(value),
  fromstr: (value) => (typeof value === "string" ? parsed(value) : undefined),
  group(value) {
    if (!isObject(value)) return undefined;
    const rows: Record<string, unknown>[] = [];
    for (const [name, list] of Object.entries(value)) {
      if (!Array.isArray(list)) continue;
      for (const [i, one] of list.entries()) {
        rows[i] ??= {};
        rows[i][name] = one;
      }
    }
    return rows;
  },
};

/** `@name:argument`, and what is asked of its result. @returns undefined where the name is no modifier's */
function modify(value: unknown, path: string): { readonly value: unknown } | undefined {
  const name = /^@([a-z]*)/.exec(path)![1]!;
  if (!Object.hasOwn(modifiers, name)) return undefined;
  let end = name.length + 1;
  let argument: unknown;
  if (path[end] === ":") {
    const start = end + 1;
    const isJson = /^[[{"(]/.test(path.slice(start));
    end = isJson ? closing(path, start) + 1 : start + endOfPart(path.slice(start));
    if (end <= start) return undefined;
    argument = parsed(path.slice(start, end));
  }
  if (end < path.length && path[end] !== "." && path[end] !== "|") return undefined;
  return { value: get(modifiers[name]!(value, argument), path.slice(end + 1)) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Where the first part of a path ends: at a dot or a pipe that is neither escaped nor within brackets or quotes. */
function endOfPart(path: string, ends = ".|"): number {
  for (let i = 0; i < path.length; i += 1) {
    const letter = path[i]!;
    if (letter === "\\") i += 1;
    else if (ends.includes(letter)) return i;
    else if (opensAt(path, i)) {
      const end = closing(path, i);
      if (end < 0) return path.length;
      i = end;
    }
  }
  return path.length;
}

/** Brackets count where they have a meaning: after # and at the start of a part. */
function opensAt(path: string, at: number): boolean {
  const letter = path[at]!;
  if (letter === "(" || letter === "[") return path[at - 1] === "#" || (letter === "[" && startsPart(path, at));
  return (letter === "{" && startsPart(path, at)) || (letter === '"' && startsPart(path, at));
}

function startsPart(path: string, at: number): boolean {
  return at === 0 || ".|,:([{".includes(path[at - 1]!);
}

const closers: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };

/** Where what opens at a place closes; -1 where it does not. */
function closing(text: string, from: number): number {
  const open: string[] = [];
  for (let i = from; i < text.length; i += 1) {
    const letter = text[i]!;
    if (letter === "\\") i += 1;
    else if (letter === '"') {
      i = quoteEnd(text, i);
      if (i < 0) return -1;
    } else if (closers[letter] !== undefined) open.push(closers[letter]);
    else if (letter === open.at(-1)) open.pop();
    if (open.length === 0) return i;
  }
  return -1;
}

function quoteEnd(text: string, from: number): number {
  for (let i = from + 1; i < text.length; i += 1) {
    if (text[i] === "\\") i += 1;
    else if (text[i] === '"') return i;
  }
  return -1;
}

/** Where the operator of a query stands; its end where it has none. */
function operatorAt(text: string): number {
  for (let i = 0; i < text.length; i += 1) {
    const letter = text[i]!;
    if (letter === "\\") i += 1;
    else if ("=!<>%".includes(letter)) return i;
    else if (letter === "(" || letter === "[" || letter === '"') {
      const end = closing(text, i);
      if (end < 0) return text.length;
      i = end;
    }
  }
  return text.length;
}

function splitAt(text: string, separator: string): string[] {
  const parts: string[] = [];
  let rest = text;
  for (;;) {
    const end = endOfPart(rest, separator);
    parts.push(rest.slice(0, end));
    if (end >= rest.length) return parts;
    rest = rest.slice(end + 1);
  }
}

function unescaped(part: string): string {
  return part.replace(/\\(.)/gs, "$1");
}

function hasWildcard(part: string): boolean {
  return /[*?]/.test(part.replace(/\\./gs, ""));
}

/** Whether a text fits a pattern of `*` and `?`; a backslash takes the meaning from what follows it. */
function isLike(text: string, pattern: string): boolean {
  // Two places to go on from, instead of a regular expression: no pattern of a script's can take exponential time.
  let at = 0;
  let i = 0;
  let star = -1;
  let starAt = 0;
  while (at < text.length) {
    const isEscaped = pattern[i] === "\\" && i + 1 < pattern.length;
    const letter = isEscaped ? pattern[i + 1] : pattern[i];
    if (letter === "*" && !isEscaped) {
      star = i;
      starAt = at;
      i += 1;
    } else if (letter !== undefined && ((letter === "?" && !isEscaped) || letter === text[at])) {
      i += isEscaped ? 2 : 1;
      at += 1;
    } else if (star >= 0) {
      i = star + 1;
      starAt += 1;
      at = starAt;
    } else return false;
  }
  while (pattern[i] === "*") i += 1;
  return i === pattern.length;
}
