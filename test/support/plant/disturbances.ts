/** Which streams were disturbed, as their consumers see it: their epoch changed, or their frames are counted anew. */
import type { Timeline } from '../timeline.js';

export interface Disturbances {
  /** Since the last call of `take`. */
  has(id: string): boolean;
  /** Of those that were there before, since the last call, in the order of their ids. */
  take(before: readonly { readonly id: string }[]): string[];
}

export function watchDisturbances(timeline: Timeline): Disturbances {
  const last = new Map<string, { readonly epoch: number; readonly frame: number }>();
  const disturbed = new Set<string>();
  timeline.onDetections(({ message: { stream, epoch, frame } }) => {
    const before = last.get(stream);
    if (before && (before.epoch !== epoch || frame <= before.frame)) disturbed.add(stream);
    last.set(stream, { epoch, frame });
  });
  const take: Disturbances['take'] = (before) => {
    const found = before.map(({ id }) => id).filter((id) => disturbed.has(id));
    disturbed.clear();
    return found.sort();
  };
  return { take, has: (id) => disturbed.has(id) };
}
