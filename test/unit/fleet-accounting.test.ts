/** The books of the fleet scenarios find what they are for: foreign frames, gaps, disorder, sums that do not add up. */
import { describe, expect, test } from 'vitest';
import type { StreamRow } from '../../src/worker/status.js';
import {
  disorder,
  faultsOfBooks,
  gaps,
  longestGap,
  lostFrames,
  type Seen,
  strangers,
} from '../support/fleet/accounting.js';
import { nameOf, SCENE_FRAMES } from '../support/fleet/scenes.js';

/** Frame `frame` of camera 2, ten a second. */
const frame = (place: number, more: Partial<Seen> = {}): Seen => ({
  epoch: 1,
  frame: place,
  number: 3 * 128 + (place % SCENE_FRAMES),
  time: 100 * place,
  ...more,
});
const frames = (from: number, to: number): Seen[] =>
  Array.from({ length: to - from }, (_, i) => frame(from + i));

describe('numbers', () => {
  test('tell camera and place', () => {
    expect(nameOf(3 * 128 + 7)).toEqual({ camera: 2, place: 7 });
    expect(nameOf(33 * 128 - 1)).toBeUndefined();
    expect(nameOf(32 * 128 + SCENE_FRAMES - 1)).toEqual({ camera: 31, place: SCENE_FRAMES - 1 });
  });

  test('of a black picture, or behind the last frame of a scene, are nobody’s', () => {
    expect(nameOf(0)).toBeUndefined();
    expect(nameOf(128 + SCENE_FRAMES)).toBeUndefined();
  });
});

describe('strangers', () => {
  test('are frames of another camera, or of none', () => {
    const wrong = [frame(3, { number: 4 * 128 }), frame(4, { number: 0 })];
    expect(strangers([...frames(0, 3), ...wrong], 2)).toEqual(wrong);
  });

  test('are not looked for where pictures were damaged', () => {
    const wrong = frame(3, { number: 4 * 128 });
    expect(strangers([wrong], 2, [{ from: 250, to: 350 }])).toEqual([]);
    expect(strangers([wrong], 2, [{ from: 350, to: 450 }])).toEqual([wrong]);
  });
});

describe('gaps', () => {
  test('are not there in an unbroken sequence, over the loop of the scene', () => {
    expect(gaps(frames(0, 3 * SCENE_FRAMES))).toEqual([]);
  });

  test('count what is missing, over the loop too', () => {
    const seen = [...frames(0, 100), ...frames(103, 118), ...frames(122, 130)];
    expect(gaps(seen).map((gap) => gap.frames)).toEqual([3, 4]);
    expect(lostFrames(gaps(seen))).toBe(7);
  });

  test('are not counted between epochs', () => {
    expect(gaps([frame(1), frame(50, { epoch: 2 })])).toEqual([]);
  });

  test('a frame that comes a second time is as bad as a whole scene lost', () => {
    const seen = [frame(1), frame(1, { frame: 2 }), frame(2, { frame: 3 })];
    expect(lostFrames(gaps(seen))).toBe(SCENE_FRAMES - 1);
  });

  test('are left out where the network lost packets', () => {
    const seen = [...frames(0, 10), ...frames(15, 20)];
    expect(gaps(seen, [{ from: 1_450, to: 1_550 }])).toEqual([]);
    expect(lostFrames(gaps(seen, [{ from: 2_000, to: 3_000 }]))).toBe(5);
  });

  test('in time: the longest between two frames of one epoch', () => {
    const seen = [...frames(0, 10), ...frames(15, 20), frame(90, { epoch: 2 })];
    expect(longestGap(seen, { from: 0, to: 10_000 })).toBe(600);
    expect(longestGap(seen, { from: 0, to: 900 })).toBe(100);
  });
});

test('disorder: an epoch or a count that goes back, or stands still', () => {
  const back = frame(2, { frame: 3 });
  const old = frame(9, { epoch: 1 });
  expect(disorder([...frames(0, 4), back, frame(5, { epoch: 2 }), old])).toEqual([back, old]);
});

describe('books', () => {
  const dropped = {
    encoded: 1,
    decoded: 2,
    discarded: 3,
    ring: 4,
    disconnected: 0,
    slow: 4,
    refused: 0,
    unconfirmed: 1,
  };
  const row = {
    id: 'cam',
    received: 100,
    undecodable: 6,
    skipped: 0,
    decodeErrors: 7,
    frames: 81,
    inferred: 81,
    messages: 81,
    dropped,
  } as StreamRow;

  test('that add up have no faults', () => {
    expect(faultsOfBooks(row, 72)).toEqual([]);
  });

  test('that do not are told apart', () => {
    expect(faultsOfBooks({ ...row, received: 101 }, 72)).toEqual(['cam: 101 received, 100 accounted for']);
    expect(faultsOfBooks({ ...row, inferred: 80 }, 72)).toEqual(['cam: 81 frames, 80 inferred']);
    expect(faultsOfBooks(row, 71)).toEqual(['cam: 72 messages sent, 71 came']);
  });
});
