import { expect, test } from 'vitest';
import { systemClock } from '../../src/streams/clock.js';

test('a callback never comes before its time, whatever fraction of a millisecond that is', async () => {
  const early = Array.from({ length: 200 }, (_, i) => {
    const at = systemClock.now() + 1 + i * 0.137;
    return new Promise<boolean>((resolve) => systemClock.schedule(at, () => resolve(systemClock.now() < at)));
  });
  expect(await Promise.all(early)).not.toContain(true);
});

test('a cancelled callback does not come', async () => {
  let called = false;
  const cancel = systemClock.schedule(systemClock.now() + 1, () => (called = true));
  cancel();
  await new Promise<void>((resolve) => systemClock.schedule(systemClock.now() + 5, resolve));
  expect(called).toBe(false);
});

test('the wall clock of a moment follows steps of the system clock, time itself does not', () => {
  const real = Date.now;
  const at = systemClock.now();
  try {
    for (const wall of [1_000_000, 87_400_000, 500_000]) {
      Date.now = () => wall;
      const told = systemClock.wall(at);
      expect(told).toBeLessThanOrEqual(wall);
      expect(told).toBeGreaterThanOrEqual(wall - (systemClock.now() - at));
    }
  } finally {
    Date.now = real;
  }
});
