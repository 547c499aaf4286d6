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
      .replace(/([a-z][a-z0-9+.-]*:\/\/)(?!\*+(?::\*+)?@)[^\s/?#"'<>]+@/gi, `$1${mask}@`)
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
  return redactUrl(text)
    .replace(header, `$1${mask}`)
    .replace(flag, (whole, before: string, name: string) => (isSecretName(name) ? `${before}${mask}` : whole))
    .replace(field, (whole, before: string, name: string, between: string, value: string) =>
      isSecretName(name) ? `${before}${name}${between}${maskedValue(value)}` : whole,
    )
    .replace(assignment, (whole, name: string) => (isSecretName(name) ? `${name}=${mask}` : whole))
    .replace(/\b(Bearer|Basic)\s+[\w.~+/=-]{6,}/gi, `$1 ${mask}`)
    .replace(/\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, mask);
}

/** Every form of a secret that is known here has one of these: most texts are done with after one look. */
const mayHoldSecret = /[=@:]|--|bearer|basic|eyJ/i;
/** A header that carries credentials, to the end of its line or of the quotes around it. */
const header =
  /((?:\b(?:proxy-)?authorization|\b(?:set-)?cookie|\bx-[\w-]*(?:key|token|secret|auth)[\w-]*)["']?\s*:\s*["']?)[^\r\n"']+/gi;
/** `--password X`, `--api-key='a b'`; a flag without a value is followed by the next flag, which is no secret. */
const flag = /((?<![\w-])--?([A-Za-z][\w.-]*)(?:\s+|=)(?!-))("[^"]*"|'[^']*'|(?:\\.|[^\s\\])+)/g;
/**
 * A field of JSON, or a tag in a threshold's key: `{"token": "x"}`, `{token:x}`; also of JSON within a text of JSON.
 * Truth values are no secret.
 */
const field =
  /([{,]\s*\\*["']?)([\w.-]+)(\\*["']?\s*:\s*)(?!(?:true|false|null)\s*[,}])("(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?|\\+"(?:(?!\\+")[^"])*|[^"',{}[\]]+)/gs;
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

/** Quotes stay, so that what was JSON is JSON. */
function maskedValue(value: string): string {
  const [opening = ""] = /^\\*["']/.exec(value) ?? [];
  const closing = opening.length === 1 && value.length > 1 && value.endsWith(opening) ? opening : "";
  return `${opening}${mask}${closing}`;
}

function decodeName(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
