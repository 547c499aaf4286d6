export function table(
  rows: readonly Record<string, string | number>[],
  columns: Readonly<Record<string, string>>,
  ratio: string,
): string;
export function claimTable(
  claims: readonly { claim: string; goal: string; found: string; met: boolean; also: string }[],
): string;
