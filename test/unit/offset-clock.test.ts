import { describe, expect, test } from 'vitest';
import { OffsetClock } from '../support/offset-clock.js';

describe('a clock that is pushed', () => {
  test('what falls due on the way happens, in order, and nothing else', () => {
    const clock = new OffsetClock();
    const happened: string[] = [];
    const start = clock.now();
    clock.schedule(start + 20_000, () => happened.push('second'));
    clock.schedule(start + 10_000, () => happened.push('first'));
    const cancel = clock.schedule(start + 90_000, () => happened.push('later'));
    clock.advance(30_000);
    expect(happened).toEqual(['first', 'second']);
    expect(clock.now() - start).toBeGreaterThanOrEqual(30_000);
    cancel();
    clock.advance(90_000);
    expect(happened).toEqual(['first', 'second']);
  });

  test('one that is cancelled by another on the way does not happen', () => {
    const clock = new OffsetClock();
    const start = clock.now();
    let cancelled = true;
    const cancel = clock.schedule(start + 2_000, () => (cancelled = false));
    clock.schedule(start + 1_000, () => cancel());
    clock.advance(3_000);
    expect(cancelled).toBe(true);
  });

  test('a timer fires by itself too, never before its time', async () => {
    const clock = new OffsetClock();
    clock.advance(5_000);
    const at = clock.now() + 20;
    await new Promise<void>((resolve) => clock.schedule(at, resolve));
    expect(clock.now()).toBeGreaterThanOrEqual(at);
  });

  test('wall time is told by its distance from now', () => {
    const clock = new OffsetClock();
    clock.advance(60_000);
    expect(Math.abs(clock.wall(clock.now() + 1_000) - (Date.now() + 1_000))).toBeLessThan(500);
  });
});
