/** A compiled k6 script: what every VU is instantiated from. Plain data, so that it can be sent to a thread. */
export interface Script {
  /** Absolute. */
  readonly path: string;
  /** File name without extension; the default name of the scenario folder. */
  readonly name: string;
  /** Of the script file's bytes. */
  readonly sha256: string;
  /** Local files that were bundled, the script first; paths relative to the script's folder, with their sha256. */
  readonly files: readonly { readonly path: string; readonly sha256: string }[];
  /** k6 modules that the script imports, such as "k6/http". */
  readonly modules: readonly string[];
  /** One function expression `(function (require, exports, …) {…})` after the suspend transform. */
  readonly code: string;
  /** JSON of the source map from `code` to the files. */
  readonly sourceMap: string;
  readonly warnings: readonly string[];
}
