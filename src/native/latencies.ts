/** How long frames took from place to place: histograms with fixed buckets. */

/** Upper bounds in milliseconds; above the last is one more bucket. As in native/pipeline/histogram.h. */
export const LATENCY_BUCKETS_MS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000] as const;
/** Rows of `latencies()`: each stage but `total` from the end of the one before. As in native/pipeline/histogram.h. */
export const NATIVE_STAGES = [
  'received', // from when it was taken, by the camera's own clock, to the whole access unit behind the jitter buffer
  'decoded', // to the mux
  'batched', // to the detector
  'inferred', // out of the detector
  'written', // through the tracker, to the finished message
  'total', // from the `time` of the message to the finished message
] as const;
/** `published`: from the finished batch of messages until NATS had taken it. */
export const LATENCY_STAGES = [...NATIVE_STAGES, 'published'] as const;
export type LatencyStage = (typeof LATENCY_STAGES)[number];

export interface HistogramReading {
  /** By bucket, not summed up; one more than there are bounds. */
  readonly counts: readonly number[];
  readonly sumMs: number;
}

const BUCKETS = LATENCY_BUCKETS_MS.length + 1;
/** Of one stage: counts, then the sum in microseconds. */
export const LATENCY_ROW = BUCKETS + 1;

export function readLatencies(
  array: Float64Array,
): Readonly<Record<(typeof NATIVE_STAGES)[number], HistogramReading>> {
  const rows = NATIVE_STAGES.map((stage, i) => {
    const row = array.subarray(i * LATENCY_ROW, (i + 1) * LATENCY_ROW);
    return [stage, { counts: [...row.subarray(0, BUCKETS)], sumMs: (row[BUCKETS] ?? 0) / 1000 }] as const;
  });
  return Object.fromEntries(rows) as Record<(typeof NATIVE_STAGES)[number], HistogramReading>;
}

/** The same for what JavaScript measures. */
export class Histogram {
  readonly #counts = new Array<number>(BUCKETS).fill(0);
  #sumMs = 0;

  observe(ms: number, count = 1): void {
    const found = LATENCY_BUCKETS_MS.findIndex((bound) => ms <= bound);
    const bucket = found < 0 ? BUCKETS - 1 : found;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + count;
    this.#sumMs += Math.max(0, ms) * count;
  }

  read(): HistogramReading {
    return { counts: [...this.#counts], sumMs: this.#sumMs };
  }
}

/** The median and the 99th percentile, as bounds of buckets; above the last one that is the least they can be. */
export function quantiles(total: HistogramReading | undefined): {
  readonly latencyMs?: { readonly p50: number; readonly p99: number };
} {
  const [p50, p99] = [0.5, 0.99].map((share) => total && quantile(total, share));
  if (p50 === undefined || p99 === undefined) return {};
  const most = Math.max(...LATENCY_BUCKETS_MS);
  return { latencyMs: { p50: Math.min(p50, most), p99: Math.min(p99, most) } };
}

/** The bound of the bucket in which the share lies: at most so many milliseconds; Infinity above the last. */
export function quantile({ counts }: HistogramReading, share: number): number | undefined {
  const all = counts.reduce((sum, count) => sum + count, 0);
  if (all === 0) return undefined;
  let seen = 0;
  const bucket = counts.findIndex((count) => (seen += count) >= share * all);
  return LATENCY_BUCKETS_MS[bucket] ?? Infinity;
}
