/** What a number of measured times come to. */

export interface Times {
  readonly count: number;
  readonly median: number;
  readonly p95: number;
  readonly worst: number;
  /** Every single one, in order of measuring; whole milliseconds. */
  readonly all: readonly number[];
}

/** The least value that a share `q` of all do not exceed; NaN of none. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
}

export function times(ms: readonly number[]): Times | undefined {
  if (ms.length === 0) return undefined;
  const all = ms.map(Math.round);
  const [median, p95, worst] = [0.5, 0.95, 1].map((q) => quantile(all, q)) as [number, number, number];
  return { count: all.length, median, p95, worst, all };
}
