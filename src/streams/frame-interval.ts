/** How far apart a stream's frames are, measured from its frame counter. */

interface Move {
  readonly at: number;
  readonly frames: number;
}

export interface Interval {
  /** Mean over the last ten frames or a few more; undefined until so many were seen. Kept over reconnects. */
  readonly ms?: number;
  /** The latest movements of the counter within one connection. */
  readonly moves: readonly Move[];
}

const FRAMES = 10;
const SHORTEST_MS = 2_000;
const INTERVALS = 10;

export const UNMEASURED: Interval = { moves: [] };

/** As if measured: a stream is stalled after so long. */
export function assumed(stallAfterMs: number): Interval {
  return { ms: stallAfterMs / INTERVALS, moves: [] };
}

/** The pause between two connections is no interval. */
export function interrupted({ ms }: Interval): Interval {
  return ms === undefined ? UNMEASURED : { ms, moves: [] };
}

/** To be called when the counter has moved. */
export function measured(interval: Interval, at: number, frames: number): Interval {
  const all = [...interval.moves, { at, frames }];
  // The shortest end of the list that still covers enough frames.
  const first = all.findLastIndex((move) => frames - move.frames >= FRAMES);
  if (first < 0) return { ...interval, moves: all };
  const moves = all.slice(first);
  const from = moves[0] ?? { at, frames };
  return { moves, ms: (at - from.at) / (frames - from.frames) };
}

/** The larger of 2 s and ten frame intervals. */
function limit(intervalMs: number): number {
  return Math.max(SHORTEST_MS, INTERVALS * intervalMs);
}

/** By the declared frame rate; 0: unknown. */
export function stallMs(fps: number): number {
  return limit(fps > 0 ? 1000 / fps : 0);
}

/** Of one of which key frames alone are decoded: cameras send them up to 10 s apart, and none may be early. */
export const KEY_FRAMES_STALL_MS = 25_000;

/** After how long without a frame a stream is stalled. */
export function stallLimit(interval: Interval, declaredMs: number): number {
  return interval.ms === undefined ? declaredMs : limit(interval.ms);
}
