/**
 * A form as k6 encodes it: fields by the order of their names, a list as a field for each of its values.
 *
 * @returns `a=1&a=2&b=x+y`
 */
export function formText(fields: readonly (readonly [string, unknown])[]): string {
  const form = new URLSearchParams();
  for (const [name, value] of fields.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))) {
    for (const each of listed(value)) form.append(name, fieldText(each));
  }
  // Go and browsers disagree about two characters.
  return form.toString().replaceAll("*", "%2A").replaceAll("%7E", "~");
}

/** A value in a form field as k6 writes it, which is as Go prints it: `1.5`, `1e-05`, `<nil>`, `[1 2]`, `map[a:1]`. */
export function fieldText(value: unknown): string {
  if (typeof value === "number") return numberText(value);
  if (value === null || value === undefined) return "<nil>";
  if (typeof value !== "object" || isText(value)) return String(value);
  if (Array.isArray(value) || ArrayBuffer.isView(value) || value instanceof Set) {
    return `[${Array.from(value as Iterable<unknown>, fieldText).join(" ")}]`;
  }
  if (value instanceof Map) return fieldText([...value]);
  const keys = Object.keys(value).toSorted();
  return `map[${keys.map((key) => `${key}:${fieldText((value as Record<string, unknown>)[key])}`).join(" ")}]`;
}

function listed(value: unknown): Iterable<unknown> {
  return Array.isArray(value) || value instanceof Set ? value : [value];
}

/** Where Go's print of an object is of no use to anybody, as of a date or a pattern, its text is sent. */
function isText(value: object): boolean {
  return value instanceof Date || value instanceof RegExp || value instanceof Error || value instanceof String;
}

/** Whole numbers plainly; others with an exponent from a million on, and below a ten-thousandth. */
function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  if (value === Number.NEGATIVE_INFINITY) return "-Inf";
  if (Object.is(value, -0)) return "-0";
  if (Number.isNaN(value) || Number.isSafeInteger(value)) return String(value);
  const [digits, exponent] = value.toExponential().split("e");
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(value);
  return `${digits}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}
