/** Whether a series of numbers grows, told from noise by their ranks: outliers and steps do not matter. */

export interface Trend {
  /** Median of the slopes between all pairs (Theil and Sen), per step. */
  readonly slope: number;
  /** Chance of seeing at least this much growth where there is none (Mann and Kendall, one-sided). */
  readonly chance: number;
}

/** Needs about ten values for `chance` to mean anything. */
export function trend(values: readonly number[]): Trend {
  const slopes: number[] = [];
  let score = 0;
  for (let i = 0; i < values.length; i++) {
    for (let k = i + 1; k < values.length; k++) {
      const step = (values[k] ?? 0) - (values[i] ?? 0);
      score += Math.sign(step);
      slopes.push(step / (k - i));
    }
  }
  slopes.sort((a, b) => a - b);
  const middle = slopes.length / 2;
  const slope = ((slopes[Math.floor(middle)] ?? 0) + (slopes[Math.ceil(middle - 1)] ?? 0)) / 2;
  return { slope, chance: upperTail((score - Math.sign(score)) / Math.sqrt(variance(values))) };
}

/** Of the score, values that occur several times counted as ties. */
function variance(values: readonly number[]): number {
  const groups = new Map<number, number>();
  for (const value of values) groups.set(value, (groups.get(value) ?? 0) + 1);
  const term = (n: number): number => n * (n - 1) * (2 * n + 5);
  const ties = [...groups.values()].reduce((sum, n) => sum + term(n), 0);
  return Math.max((term(values.length) - ties) / 18, Number.EPSILON);
}

/** 1 - the normal distribution's integral, to 1e-7 (Abramowitz and Stegun 26.2.17). */
function upperTail(z: number): number {
  if (z < 0) return 1 - upperTail(-z);
  const t = 1 / (1 + 0.2316419 * z);
  const factors = [0.31938153, -0.356563782, 1.781477937, -1.821255978, 1.330274429];
  const sum = factors.reduceRight((rest, factor) => t * (factor + rest), 0);
  return (sum * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI);
}
