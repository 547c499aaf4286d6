/** A set of options in k6's raw shape: `{ vus: 10, duration: "30s" }`. */
export type RawOptions = Readonly<Record<string, unknown>>;
