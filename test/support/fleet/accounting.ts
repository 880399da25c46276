/** Books of a stream: what was delivered, what is missing between, and whether the counters tell of all that is. */
import type { StreamRow } from '../../../src/worker/status.js';
import { nameOf, SCENE_FRAMES } from './scenes.js';

/** One detections message, as much of it as is needed. */
export interface Seen {
  readonly epoch: number;
  /** The message's own count. */
  readonly frame: number;
  /** Read from the picture. */
  readonly number: number;
  /** When the frame came to the mux; milliseconds of the wall clock. */
  readonly time: number;
}

/** A span of time, milliseconds of the wall clock. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

export interface Gap {
  readonly frames: number;
  readonly epoch: number;
  readonly time: number;
}

const inside = (windows: readonly Window[], { time }: { time: number }): boolean =>
  windows.some(({ from, to }) => time >= from && time <= to);

/** Messages whose picture is of another camera, or of none; pictures in `damaged` are not judged. */
export function strangers(seen: readonly Seen[], camera: number, damaged: readonly Window[] = []): Seen[] {
  return seen.filter((each) => nameOf(each.number)?.camera !== camera && !inside(damaged, each));
}

/**
 * Frames missing between messages of one epoch, by the numbers in the pictures. What begins or ends in `damaged`
 * is left out: there the camera or the network itself lost, repeated or spoilt pictures.
 */
export function gaps(seen: readonly Seen[], damaged: readonly Window[] = []): Gap[] {
  const found: Gap[] = [];
  for (const [i, after] of seen.entries()) {
    const before = seen[i - 1];
    if (before?.epoch !== after.epoch) continue;
    if (inside(damaged, before) || inside(damaged, after)) continue;
    const frames = (after.number - before.number - 1 + SCENE_FRAMES) % SCENE_FRAMES;
    if (frames > 0) found.push({ frames, epoch: after.epoch, time: after.time });
  }
  return found;
}

/** Messages that come out of order: their epoch or their count went back. */
export function disorder(seen: readonly Seen[]): Seen[] {
  return seen.filter(({ epoch, frame }, i) => {
    const before = seen[i - 1];
    return before && (epoch < before.epoch || (epoch === before.epoch && frame <= before.frame));
  });
}

export const lostFrames = (found: readonly Gap[]): number =>
  found.reduce((sum, { frames }) => sum + frames, 0);

/** Frames and messages that ended on the way while the connection went on. */
export function dropped({ dropped: d, decodeErrors }: StreamRow): number {
  return d.encoded + d.decoded + decodeErrors + unpublished({ dropped: d });
}

/** Messages that were made and not sent. */
export function unpublished({
  dropped: { ring, disconnected, slow, refused, unconfirmed },
}: Pick<StreamRow, 'dropped'>): number {
  return ring + disconnected + slow + refused + unconfirmed;
}

/** What does not add up in the counters of a stream through which nothing flows any more; empty when all does. */
export function faultsOfBooks(row: StreamRow, delivered: number): string[] {
  const { encoded, decoded, discarded } = row.dropped;
  const ended = row.undecodable + row.skipped + encoded + row.decodeErrors + decoded + discarded + row.frames;
  const faults: string[] = [];
  if (row.received !== ended) faults.push(`${row.received} received, ${ended} accounted for`);
  if (row.inferred !== row.frames) faults.push(`${row.frames} frames, ${row.inferred} inferred`);
  const sent = row.messages - unpublished(row);
  if (sent !== delivered) faults.push(`${sent} messages sent, ${delivered} came`);
  return faults.map((fault) => `${row.id}: ${fault}`);
}

/** The longest time between two frames of one epoch, milliseconds. */
export function longestGap(seen: readonly Seen[], { from, to }: Window): number {
  let longest = 0;
  for (const [i, after] of seen.entries()) {
    const before = seen[i - 1];
    if (before?.epoch !== after.epoch || before.time < from || after.time > to) continue;
    longest = Math.max(longest, after.time - before.time);
  }
  return longest;
}
