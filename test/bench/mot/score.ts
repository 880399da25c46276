/**
 * How well tracks follow the truth: CLEAR-MOT (Bernardin and Stiefelhagen, 2008) and IDF1 (Ristani et al., 2016).
 * A track can be an object where their boxes overlap by at least `minIou`.
 */
import { type Box, overlap } from '../../../scripts/footage/scene-plan.js';
import { assign } from './assign.js';

export interface Identified extends Box {
  /** The same one in every frame. */
  readonly id: string | number;
}

export interface Score {
  /** Boxes of the truth, and of the tracks. */
  readonly objects: number;
  readonly reported: number;
  readonly matches: number;
  /** Objects that no track was at, and tracks that were at no object. */
  readonly misses: number;
  readonly falsePositives: number;
  /** Times an object was given to another track than the last time. */
  readonly switches: number;
  /** Times an object was lost and found again, by whichever track. */
  readonly fragments: number;
  /** 1 - (misses + falsePositives + switches) / objects; at most 1, may be negative. */
  readonly mota: number;
  /** Mean overlap of matches, 0..1. */
  readonly motp: number;
  /** F1 of boxes whose track is the one that the object has over the whole film, 0..1. */
  readonly idf1: number;
}

/** Throws RangeError unless there are as many frames of tracks as of truth. NaN where there is nothing to divide by. */
export function score(
  truth: readonly (readonly Identified[])[],
  tracks: readonly (readonly Identified[])[],
  minIou = 0.5,
): Score {
  if (truth.length !== tracks.length) {
    throw new RangeError(`${truth.length} frames of truth, ${tracks.length} of tracks`);
  }
  const clear = new Clear(minIou);
  for (const [n, objects] of truth.entries()) clear.frame(objects, tracks[n] ?? []);
  const [objects, reported] = [count(truth), count(tracks)];
  const { matches, switches, fragments } = clear;
  const [misses, falsePositives] = [objects - matches, reported - matches];
  return {
    ...{ objects, reported, matches, misses, falsePositives, switches, fragments },
    mota: 1 - (misses + falsePositives + switches) / objects,
    motp: clear.overlap / matches,
    idf1: (2 * identified(truth, tracks, minIou)) / (objects + reported),
  };
}

class Clear {
  matches = 0;
  switches = 0;
  fragments = 0;
  overlap = 0;
  /** Of each object ever matched: its track, and whether that was in the frame before. */
  readonly #last = new Map<string | number, { track: string | number; now: boolean }>();

  constructor(private readonly minIou: number) {}

  frame(objects: readonly Identified[], tracks: readonly Identified[]): void {
    const open = new Map(tracks.map((track) => [track.id, track]));
    const pairs: [Identified, Identified][] = [];
    // A pair of the frame before stays together as long as it can.
    for (const object of objects) {
      const before = this.#last.get(object.id);
      const track = before?.now ? open.get(before.track) : undefined;
      if (!track || overlap(object, track) < this.minIou) continue;
      pairs.push([object, track]);
      open.delete(track.id);
    }
    const paired = new Set(pairs.map(([object]) => object.id));
    pairs.push(
      ...this.#match(
        objects.filter(({ id }) => !paired.has(id)),
        [...open.values()],
      ),
    );
    this.#count(objects, pairs);
  }

  /** As many pairs as possible, and of those the ones that overlap most. */
  #match(objects: readonly Identified[], tracks: readonly Identified[]): [Identified, Identified][] {
    const most = Math.min(objects.length, tracks.length);
    const weights = objects.map((object) =>
      tracks.map((track) => {
        const iou = overlap(object, track);
        return iou < this.minIou ? 0 : iou + most;
      }),
    );
    return assign(weights).map(([o, t]) => [objects[o] as Identified, tracks[t] as Identified]);
  }

  #count(objects: readonly Identified[], pairs: readonly (readonly [Identified, Identified])[]): void {
    const trackOf = new Map(pairs.map(([object, track]) => [object.id, track.id]));
    for (const { id } of objects) {
      const before = this.#last.get(id);
      const track = trackOf.get(id);
      if (track === undefined) {
        if (before) before.now = false;
        continue;
      }
      if (before && before.track !== track) this.switches++;
      if (before && !before.now) this.fragments++;
      this.#last.set(id, { track, now: true });
    }
    this.matches += pairs.length;
    for (const [object, track] of pairs) this.overlap += overlap(object, track);
  }
}

/** Boxes identified rightly when every object is given to the one track that makes the sum largest. */
function identified(
  truth: readonly (readonly Identified[])[],
  tracks: readonly (readonly Identified[])[],
  minIou: number,
): number {
  const objectIds = numbered(truth);
  const trackIds = numbered(tracks);
  const shared = Array.from({ length: objectIds.size }, () => Array<number>(trackIds.size).fill(0));
  for (const [n, objects] of truth.entries()) {
    for (const object of objects) {
      const row = shared[objectIds.get(object.id) as number] as number[];
      for (const track of tracks[n] ?? []) {
        const column = trackIds.get(track.id) as number;
        if (overlap(object, track) >= minIou) row[column] = (row[column] as number) + 1;
      }
    }
  }
  return assign(shared).reduce((sum, [row, column]) => sum + (shared[row]?.[column] as number), 0);
}

function numbered(frames: readonly (readonly Identified[])[]): Map<string | number, number> {
  return new Map([...new Set(frames.flat().map(({ id }) => id))].map((id, i) => [id, i]));
}

function count(frames: readonly (readonly unknown[])[]): number {
  return frames.reduce((sum, { length }) => sum + length, 0);
}
