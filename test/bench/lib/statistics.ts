/** What several measurements of one thing come to. Benchmarks tell medians and their spread, never a best run. */

export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
  /** In order of measuring. */
  readonly all: readonly number[];
}

/** Of an even number of values, the mean of the two in the middle; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}

export function spread(values: readonly number[]): Spread {
  return { median: median(values), least: Math.min(...values), most: Math.max(...values), all: values };
}

/** Of two series measured in the same rounds: each round's ratio, since what disturbs a round disturbs both. */
export function ratios(values: readonly number[], to: readonly number[]): Spread {
  return spread(values.slice(0, to.length).map((value, round) => value / (to[round] ?? Number.NaN)));
}

export interface Line {
  /** What y grows by for one more of x. */
  readonly slope: number;
  readonly intercept: number;
}

/** Through the points by Theil and Sen: the median of the slopes between all pairs, so one bad point moves nothing. */
export function line(points: readonly (readonly [x: number, y: number])[]): Line {
  const slopes = points.flatMap(([x, y], i) =>
    points
      .slice(i + 1)
      .filter(([other]) => other !== x)
      .map(([otherX, otherY]) => (otherY - y) / (otherX - x)),
  );
  const slope = median(slopes);
  return { slope, intercept: median(points.map(([x, y]) => y - slope * x)) };
}

/** `1.23 (1.20–1.31)`; a single value alone. */
export function showSpread({ median: middle, least, most, all }: Spread, digits = 2): string {
  const [m, from, to] = [middle, least, most].map((value) => value.toFixed(digits));
  return all.length < 2 ? `${m}` : `${m} (${from}–${to})`;
}
