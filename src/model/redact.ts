const mask = "***";

/** Names whose values are nobody's business: API_TOKEN, dbPassword, x-api-key, Authorization, Cookie … */
const secretName =
  /pass(word|wd|phrase|code)?$|pwd|secret|token|(api|access|private|signing|encryption|account|master)[-_.]?key|authori[sz]ation|(^|[-_.])(auth|key|pin|otp|sid)$|credential|cookie|session|bearer|jwt|signature|(^|[-_.])sig$/i;

/** Also fooBarKey and basicAuth, which end in a word without a separator before it. */
const secretEnding = /[a-z](Key|Auth|Pass|Pin)$/;

export function isSecretName(name: string): boolean {
  return secretName.test(name) || secretEnding.test(name);
}

/**
 * A text without the credentials of any URL in it: user and password, and query values with a secret's name.
 *
 * What is no URL comes back unchanged.
 */
export function redactUrl(text: string): string {
  return (
    text
      // k6 shows credentials as ****:****, which stays as it is.
      .replace(/((?<![a-z0-9+.-])[a-z][a-z0-9+.-]*:\/\/)(?!\*+(?::\*+)?@)[^\s/?#"'<>]+@/gi, `$1${mask}@`)
      .replace(/([?&#;])([^=&#;\s?"'<>]+)=([^&#;\s"'<>]*)/g, (whole, before: string, name: string) =>
        isSecretName(decodeName(name)) ? `${before}${name}=${mask}` : whole,
      )
  );
}

/**
 * Free text without secrets: a log line, a warning, the text of an exception, a tag's value, a command in one string.
 *
 * Masked are credentials in URLs, `name=value` and `"name": "value"` with a secret's name, the value after a flag with
 * such a name, headers that carry credentials, bearer tokens and JSON web tokens. Doing it twice changes nothing more.
 */
export function redactText(text: string): string {
  if (!mayHoldSecret.test(text)) return text;
  return redactFields(redactUrl(text))
    .replace(header, `$1${mask}`)
    .replace(flag, (whole, before: string, name: string) => (isSecretName(name) ? `${before}${mask}` : whole))
    .replace(assignment, (whole, name: string) => (isSecretName(name) ? `${name}=${mask}` : whole))
    .replace(/\b(Bearer|Basic)\s+[\w.~+/=-]{6,}/gi, `$1 ${mask}`)
    .replace(/\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, mask);
}

/** Every form of a secret that is known here has one of these: most texts are done with after one look. */
const mayHoldSecret = /[=@:]|--|bearer|basic|eyJ/i;
/** A header that carries credentials, to the end of its line or of the quotes around it. */
const header =
  /((?:\b(?:proxy-)?authorization|\b(?:set-)?cookie|\bx-[\w-]{0,60}(?:key|token|secret|auth)[\w-]*)["']?\s*:\s*["']?)[^\r\n"']+/gi;
/** `--password X`, `--api-key='a b'`; a flag without a value is followed by the next flag, which is no secret. */
const flag = /((?<![\w-])--?([A-Za-z][\w.-]*)(?:\s+|=)(?!-))("[^"]*"|'[^']*'|(?:\\.|[^\s\\])+)/g;
/** Up to the value of a field of JSON, or of a tag in a threshold's key: `{"token": "x"}`, `{token:x}`, `{\"token\":\"x\"}`. */
const fieldName = /[{,]\s*\\*["']?([\w.-]+)\\*["']?\s*:\s*/g;
const truthValue = /(?:true|false|null)(?=\s*[,}])/y;
const openingQuote = /\\*["']/y;
const bareValue = /[^"',{}[\]]+/y;
const assignment = /(?<![\w.-])([\w.-]+)=(?!=)("[^"]*"|'[^']*'|[^\s&#;,"'<>(){}]+)/g;

/**
 * A command line that can be stored: the values of `-e KEY=…`, of flags and of headers with a secret's name are masked,
 * and so are credentials in URLs, bearer tokens and JSON web tokens wherever they stand, also inside a command that is
 * one word of ours, as in `--command "node server.js --password X"`.
 */
export function redactCommand(argv: readonly string[]): string[] {
  let maskNext = false;
  return argv.map((word) => {
    if (maskNext) {
      maskNext = false;
      // A flag without a value is followed by the next flag, which is no secret.
      if (!/^--?[a-z]/i.test(word)) return mask;
    }
    const named = /^--?([\w.-]+)$/.exec(word);
    if (named !== null && !/^-e$/.test(word) && isSecretName(named[1]!)) maskNext = true;
    return redactWord(word);
  });
}

/** A value of any depth with every secret in it masked, by the names of its keys and by the form of its texts. */
export function redactValue<T>(value: T): T {
  return redactDeep(value) as T;
}

/** Tags as they may be kept: also the endpoint's URL, and whatever a script calls a token. */
export function redactTags(tags: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  let safe: Record<string, string> | undefined;
  for (const [name, value] of Object.entries(tags)) {
    const shown = isSecretName(name) ? mask : redactText(value);
    if (shown === value) continue;
    safe ??= { ...tags };
    safe[name] = shown;
  }
  return safe ?? tags;
}

function redactDeep(value: unknown): unknown {
  if (typeof value === "string") return redactWord(value);
  if (Array.isArray(value)) return value.map(redactDeep);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      // A threshold's key may hold a URL.
      redactText(name),
      isSecretName(name) && (typeof inner === "string" || typeof inner === "number") ? mask : redactDeep(inner),
    ]),
  );
}

/** A text that is one thing as a whole, blanks and all: `KEY=a b`, `Name: value`, `--flag=value`. */
function redactWord(text: string): string {
  const assigned = /^((?:--?[\w.-]+=|-e)?([\w.-]+)=)(?!=)/s.exec(text);
  if (assigned !== null && isSecretName(assigned[2]!)) return `${assigned[1]}${mask}`;
  const named = /^((?:--?[\w.-]+=|-H)?([\w-]+)\s*:\s*)(?!\/\/)\S/s.exec(text);
  if (named !== null && isSecretName(named[2]!)) return `${named[1]}${mask}`;
  const valued = /^(--?([\w.-]+)=)/.exec(text);
  if (valued !== null && isSecretName(valued[2]!)) return `${valued[1]}${mask}`;
  return redactText(text);
}

/** Masks the values of fields with a secret's name, to the end of their quotes; truth values are no secret. */
function redactFields(text: string): string {
  let shown = "";
  let from = 0;
  for (const match of text.matchAll(fieldName)) {
    const start = match.index + match[0].length;
    if (start < from || !isSecretName(match[1]!) || lengthAt(truthValue, text, start) > 0) continue;
    const quote = lengthAt(openingQuote, text, start);
    const end = quote > 0 ? closingQuote(text, start, quote) : start + lengthAt(bareValue, text, start);
    if (end === start) continue;
    shown += text.slice(from, start + quote) + mask;
    from = end;
  }
  return shown + text.slice(from);
}

function lengthAt(sticky: RegExp, text: string, at: number): number {
  sticky.lastIndex = at;
  return sticky.exec(text)?.[0].length ?? 0;
}

/**
 * Where the quotes end that open at `start`: at the same quote behind as many backslashes, which in JSON within JSON
 * stand before it, or behind fewer, where the text around ends. More of them are a quote within.
 */
function closingQuote(text: string, start: number, length: number): number {
  const sign = text[start + length - 1]!;
  const opened = length - 1;
  for (let at = start + length, slashes = 0; at < text.length; at += 1) {
    if (text[at] === "\\") slashes += 1;
    else if (text[at] === sign && slashes <= opened) return at - slashes;
    else slashes = 0;
  }
  return text.length;
}

function decodeName(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
