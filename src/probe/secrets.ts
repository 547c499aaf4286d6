import { isSecretName, redactUrl, redactValue } from "../model/redact.js";

const mask = "***";
/** Shorter texts occur by chance; masking them would tear holes into the evidence. */
const shortest = 6;
/** Evidence is for reading; a whole page of it is in the target's own logs. */
const longest = 2000;
/** Patterns are looked for in so much of a text. */
const searched = 32_000;

/** Variables of every shell whose names only look secret; their values are folders and sockets. */
const harmless = /^(OLDPWD|PWD|XDG_.*|DBUS_.*|SSH_AUTH_SOCK|DESKTOP_SESSION)$/;
/** Names of metrics count tokens and sessions, and hold none. */
const figure = /(_total|_count|_sum|_seconds|_bytes|_ratio)$/;

/** Knows what must not be shown, and shows everything else. */
export class Secrets {
  private readonly values = new Set<string>();

  /** @param env variables whose name says that they are secret are kept so */
  constructor(env: Readonly<Record<string, string | undefined>>) {
    for (const [name, value] of Object.entries(env)) {
      if (value !== undefined && isSecretName(name) && !harmless.test(name)) this.add(value);
    }
  }

  add(value: string): void {
    if (value.length >= shortest) this.values.add(value);
  }

  /** Every text under a secret's name, at any depth of a declaration: headers, JSON bodies, variables. */
  addFrom(declared: unknown): void {
    if (typeof declared !== "object" || declared === null) return;
    for (const [name, value] of Object.entries(declared)) {
      if (typeof value === "string" && isSecretName(name)) {
        this.add(value);
        this.add(value.replace(/^(Bearer|Basic|Token)\s+/i, ""));
      } else this.addFrom(value);
    }
  }

  /** The text without any secret: known values, JSON fields, assignments, headers and URLs with a secret's name. */
  remove(text: string): string {
    let shown = text;
    // The longest first: one secret may begin another.
    for (const value of [...this.values].sort((a, b) => b.length - a.length)) shown = shown.replaceAll(value, mask);
    const isCut = shown.length > searched;
    shown = shown
      .slice(0, searched)
      .replace(/("([^"\\]{1,100})"\s*:\s*)"(?:[^"\\]|\\.)*"/g, (whole, before: string, name: string) =>
        isSecretName(name) ? `${before}"${mask}"` : whole,
      )
      .replace(
        /(^|[\s,;])([A-Za-z][\w.-]{0,100})(\s?[=:]\s?)(?!["{[*])([^\s,;"']+)/g,
        (whole, ...[start, name, sign]) =>
          isSecretName(String(name)) && !figure.test(String(name)) ? `${start}${name}${sign}${mask}` : whole,
      );
    shown = redactUrl(
      shown
        .split("\n")
        .map((line) => redactValue(line))
        .join("\n"),
    );
    // What the cut halved may be half a secret, which no pattern knows.
    if (isCut) shown = shown.slice(0, Math.max(0, shown.length - longest));
    return shown.length > longest ? `${shown.slice(0, longest)} … (${text.length} characters)` : shown;
  }
}
