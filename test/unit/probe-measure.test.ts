import { describe, expect, it } from 'vitest';
import { measure, readUnits, type Unit } from '../../src/probe/measure.js';

interface Shape {
  readonly fps?: number;
  readonly gop?: number;
  readonly seconds?: number;
  /** Units before the first key frame. */
  readonly before?: number;
}

/** Key frames of 10,000 bytes, others of 1,000. */
function stream({ fps = 10, gop = 10, seconds = 3, before = 0 }: Shape = {}): Unit[] {
  return Array.from({ length: seconds * fps + 1 + before }, (_, i) => {
    const key = i >= before && (i - before) % gop === 0;
    const timeMs = (i * 1000) / fps;
    return { timeMs: 3_600_000 + timeMs, arrivedMs: 500 + timeMs, bytes: key ? 10_000 : 1_000, key };
  });
}

describe('a steady stream', () => {
  it('has the rate it is sent with', () => {
    expect(measure(stream())).toEqual({
      fps: 10,
      kbitPerSecond: (19_000 * 8) / 1000,
      keyFrames: { frames: 10, seconds: 1, atLeast: false },
      reordered: false,
      seconds: 3,
    });
  });

  it('is measured over whole groups of pictures, wherever the last one breaks off', () => {
    const whole = measure(stream({ seconds: 3 }));
    for (const cut of [1, 4, 9]) {
      expect(measure(stream().slice(0, -cut)).kbitPerSecond).toBeCloseTo(whole.kbitPerSecond, 6);
    }
  });

  it('counts from its first key frame', () => {
    expect(measure(stream({ before: 7 }))).toEqual(measure(stream()));
  });

  it('without a second key frame tells the least distance', () => {
    const { keyFrames, fps } = measure(stream({ gop: 1000 }));
    expect(keyFrames).toEqual({ frames: 30, seconds: 3, atLeast: true });
    expect(fps).toBe(10);
  });

  it('of key frames at unequal distances tells the longest', () => {
    const units = stream({ gop: 5 }).map((unit, i) => (i === 10 ? { ...unit, key: false } : unit));
    expect(measure(units).keyFrames).toEqual({ frames: 10, seconds: 1, atLeast: false });
  });
});

describe('times', () => {
  it('that go back again and again are B-frames', () => {
    const units = stream().map((unit, i) => {
      const shift = i % 3 === 1 ? 100 : i % 3 === 2 ? -100 : 0;
      return { ...unit, timeMs: unit.timeMs + shift };
    });
    expect(measure(units)).toMatchObject({ reordered: true, fps: 10 });
  });

  it('that go back once are none', () => {
    const units = stream().map((unit, i) => (i === 5 ? { ...unit, timeMs: unit.timeMs - 150 } : unit));
    expect(measure(units).reordered).toBe(false);
  });

  it.each([
    ['stand still', () => 0],
    ['are not known', () => NaN],
    ['jump by an hour', (t: number) => (t > 1000 ? t + 3_600_000 : t)],
    ['run at double speed', (t: number) => 2 * t],
  ])('that %s are replaced by those of arrival', (_name, turn) => {
    const units = stream().map((unit) => ({ ...unit, timeMs: turn(unit.timeMs - 3_600_000) }));
    expect(measure(units).fps).toBeCloseTo(10, 6);
  });

  it('of arrival may bunch together: then those of the pictures count', () => {
    const units = stream().map((unit) => ({ ...unit, arrivedMs: Math.ceil(unit.arrivedMs / 500) * 500 }));
    expect(measure(units).fps).toBeCloseTo(10, 6);
  });
});

it('nothing, and no key frame, has no rates', () => {
  const none = { fps: 0, kbitPerSecond: 0, seconds: 0, reordered: false };
  for (const units of [[], stream().map((unit) => ({ ...unit, key: false })), stream().slice(0, 1)])
    expect(measure(units)).toMatchObject(none);
});

it('rows of numbers are read in their order, a broken last one is left out', () => {
  expect(readUnits(Float64Array.of(1, 2, 3, 1, 5, 6, 7, 0, 9))).toEqual([
    { timeMs: 1, arrivedMs: 2, bytes: 3, key: true },
    { timeMs: 5, arrivedMs: 6, bytes: 7, key: false },
  ]);
});
