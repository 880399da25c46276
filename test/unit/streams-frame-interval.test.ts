import { describe, expect, it } from 'vitest';
import {
  type Interval,
  interrupted,
  measured,
  stallLimit,
  stallMs,
  UNMEASURED,
} from '../../src/streams/frame-interval.js';

/** The counter as a look every 250 ms sees it. */
function watched(from: Interval, fps: number, seconds: number, start = { at: 0, frames: 0 }) {
  let [interval, at, frames] = [from, start.at, start.frames];
  for (const end = at + seconds * 1000; at < end; at += 250) {
    const seen = start.frames + Math.floor(((at - start.at) * fps) / 1000 + 1e-9);
    if (seen > frames) interval = measured(interval, at, (frames = seen));
  }
  return { interval, end: { at, frames } };
}

describe('the frame interval', () => {
  it.each([
    [30, 33, 40],
    [10, 90, 110],
    [2, 480, 520],
    [0.5, 1_990, 2_010],
  ])('of %d frames a second is measured', (fps, least, most) => {
    const { ms } = watched(UNMEASURED, fps, 15 / fps + 1).interval;
    expect(ms).toBeGreaterThanOrEqual(least);
    expect(ms).toBeLessThanOrEqual(most);
  });

  it('is not known before ten intervals were seen', () => {
    expect(watched(UNMEASURED, 1, 10).interval.ms).toBeUndefined();
    expect(watched(UNMEASURED, 1, 12).interval.ms).toBe(1_000);
  });

  it('follows a change of the frame rate within ten frames', () => {
    const fast = watched(UNMEASURED, 25, 10);
    const slow = watched(fast.interval, 1, 11.5, fast.end);
    expect(slow.interval.ms).toBeCloseTo(1_000, -2);
    expect(watched(slow.interval, 25, 1, slow.end).interval.ms).toBeLessThan(60);
  });

  it('outlives a connection, but the pause does not count as one', () => {
    const { interval, end } = watched(UNMEASURED, 10, 5);
    const kept = interrupted(interval);
    expect(kept.ms).toBe(interval.ms);
    const later = watched(kept, 10, 3, { at: end.at + 600_000, frames: end.frames });
    expect(later.interval.ms).toBeCloseTo(100, -1);
  });

  it('holds no more than what it needs', () => {
    expect(watched(UNMEASURED, 1, 1_000).interval.moves.length).toBeLessThanOrEqual(12);
  });
});

describe('a stall', () => {
  it.each([
    [0, 2_000],
    [25, 2_000],
    [5, 2_000],
    [1, 10_000],
  ])('at %d declared frames a second begins after %d ms', (fps, ms) => expect(stallMs(fps)).toBe(ms));

  it('begins by what is declared only until the interval is measured', () => {
    expect(stallLimit(UNMEASURED, 7_000)).toBe(7_000);
    expect(stallLimit({ ms: 40, moves: [] }, 7_000)).toBe(2_000);
    expect(stallLimit({ ms: 500, moves: [] }, 2_000)).toBe(5_000);
  });
});
