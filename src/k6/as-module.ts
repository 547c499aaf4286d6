/**
 * Makes exports importable in both forms: `import { x } from` and `import m from`.
 *
 * @returns the same object, with `default` as itself and `__esModule`
 */
export function asModule<T extends object>(exports: T): T {
  Object.defineProperties(exports, {
    default: { value: exports },
    __esModule: { value: true },
  });
  return exports;
}
