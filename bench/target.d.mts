export interface Target {
  readonly kind: "c" | "node";
  readonly url: string;
  reset(): Promise<void>;
  stamps(): Promise<BigUint64Array>;
  stop(): Promise<void>;
}
export function startTarget(options?: {
  kind?: "c" | "node";
  core?: number;
  source?: "stamp-server" | "truth-server";
  awake?: boolean;
}): Promise<Target>;
