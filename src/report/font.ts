/**
 * Where the charts' font lies inside node_modules, for the harness to resolve and read.
 *
 * Inter (SIL Open Font License 1.1), the complete files: the `latin` subsets of web fonts lack ≤ → Δ ✓ ✗.
 */
export const chartFontFiles = {
  regular: "inter-ui/web/Inter-Regular.woff2",
  bold: "inter-ui/web/Inter-SemiBold.woff2",
} as const;
