/** What the computations of the bounds share. */
import { TRUST, type Bound, type Figure, type PlanInput, type PlannedStream, type Trust } from './types.js';

/** Sums of floating point may miss a whole number by a hair. */
const HAIR = 1e-9;

/** Pictures per second that come out of the decoder. */
export function decodedFps({ fps, keyFramesEvery }: PlannedStream): number {
  return keyFramesEvery === undefined ? fps : Math.min(fps, 1 / keyFramesEvery);
}

/** Of those, what comes to the mux. */
export function analysedFps(stream: PlannedStream): number {
  return Math.min(decodedFps(stream), stream.maxFps ?? Infinity);
}

export function streamsOf({ pipelines }: PlanInput): PlannedStream[] {
  return pipelines.flatMap(({ streams }) => streams);
}

export function sum<T>(list: readonly T[], of: (each: T) => number): number {
  return list.reduce((total, each) => total + of(each), 0);
}

export function leastTrust(figures: readonly Pick<Figure, 'trust'>[]): Trust | null {
  const worst = Math.max(...figures.map(({ trust }) => TRUST.indexOf(trust)));
  return TRUST[worst] ?? null;
}

/** One of each. */
export function distinct(figures: readonly Figure[]): Figure[] {
  return [...new Map(figures.map((figure) => [`${figure.name} ${figure.source}`, figure])).values()];
}

type Known = Pick<Bound, 'resource' | 'demand' | 'unit' | 'how' | 'figures' | 'missing'> & {
  /** Of what is known; null: of nothing. */
  readonly load: number | null;
  readonly range?: readonly [number, number];
  readonly streams: number | null;
  /** Load without a stream, and of each; default: all of it is of the streams. */
  readonly growth?: { readonly fixed: number; readonly perStream: number };
};

/** What follows from a load. With something missing a load is the least there can be. */
export function bound({ load, streams, growth, ...known }: Known): Bound {
  const isAll = known.missing.length === 0;
  return {
    ...known,
    load,
    limit: load === null || load === 0 || !isAll ? null : known.demand / load,
    fits: load === null ? null : load > 1 + HAIR ? false : isAll ? true : null,
    maxStreams:
      load === null || streams === null ? null : most(growth ?? { fixed: 0, perStream: load / streams }),
    trust: leastTrust(known.figures),
  };
}

function most({ fixed, perStream }: NonNullable<Known['growth']>): number | null {
  return perStream > 0 ? Math.max(0, Math.floor((1 - fixed) / perStream + HAIR)) : null;
}
