/** What growth in objects comes to. Pure. */
import type { Outcome } from './field.js';
import { line, showSpread, spread } from './statistics.js';
import type { Table } from './table.js';

export interface GrowthFindings {
  readonly streams: number;
  readonly fps: number;
  readonly rounds: number;
  readonly seconds: number;
  readonly sizes: readonly { readonly objects: number; readonly outcomes: readonly Outcome[] }[];
}

/** CPU milliseconds. */
export const perFrame = (outcomes: readonly Outcome[]): number[] =>
  outcomes.map(({ cpuSeconds, frames }) => (cpuSeconds / frames) * 1000);

/** CPU microseconds that one more object in a frame costs. */
export function perObject({ sizes }: GrowthFindings): number {
  return line(
    sizes.flatMap(({ objects, outcomes }) => perFrame(outcomes).map((ms) => [objects, ms * 1000] as const)),
  ).slope;
}

export function growthTable(findings: GrowthFindings): Table {
  const { sizes, streams } = findings;
  return {
    title: `Objects per frame: ${streams} streams, every frame inferred and tracked; one more object costs ${perObject(findings).toFixed(1)} µs`,
    head: ['objects per frame', 'found', 'ms of CPU per frame', 'frames lost'],
    rows: sizes.map(({ objects, outcomes }) => [
      String(objects),
      showSpread(spread(outcomes.map(({ objects: found, frames }) => found / frames)), 1),
      showSpread(spread(perFrame(outcomes))),
      String(outcomes.reduce((sum, { dropped }) => sum + dropped, 0)),
    ]),
  };
}
