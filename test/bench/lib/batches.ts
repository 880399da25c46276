/** What batch size and timeout come to. Pure. */
import type { Outcome } from './field.js';
import { median, showSpread, spread } from './statistics.js';
import type { Table } from './table.js';

export interface BatchFindings {
  readonly rounds: number;
  readonly seconds: number;
  readonly model: string;
  readonly settings: readonly {
    readonly batch: number;
    readonly timeoutMs: number;
    /** Less than the machine can do. */
    readonly usual: readonly Outcome[];
    /** More than the machine can do. */
    readonly full: readonly Outcome[];
  }[];
}

export const perSecond = (outcomes: readonly Outcome[]): number[] =>
  outcomes.map(({ inferred, seconds }) => inferred / seconds);

export function batchTable({ settings }: BatchFindings): Table {
  return {
    title: 'Batch size and timeout: latency at 32 detections a second, and the most detections a second',
    head: [
      ...[
        'batch',
        'timeout, ms',
        'p50, ms',
        'p99, ms',
        'ms of CPU per stream and second',
        'pictures per mux batch',
      ],
      ...['most detections per second', 'ms of CPU each'],
    ],
    rows: settings.map(({ batch, timeoutMs, usual, full }) => [
      String(batch),
      String(timeoutMs),
      whole(usual.flatMap(({ latency }) => latency?.p50 ?? [])),
      whole(usual.flatMap(({ latency }) => latency?.p99 ?? [])),
      showSpread(spread(usual.map(({ perStreamSecond }) => perStreamSecond * 1000)), 1),
      median(usual.map(({ batches }) => batches?.fill ?? Number.NaN)).toFixed(1),
      showSpread(spread(perSecond(full)), 0),
      showSpread(spread(full.map(({ cpuSeconds, inferred }) => (cpuSeconds / inferred) * 1000)), 1),
    ]),
  };
}

const whole = (values: readonly number[]): string =>
  values.length === 0 ? '–' : showSpread(spread(values), 0);
