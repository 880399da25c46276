import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Cause, CAUSES, RETRY, retryDelay } from '../../src/streams/retry.js';

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('the delay before a retry', () => {
  const BOUNDS: Readonly<Record<string, readonly [least: number, most: number, causes: readonly Cause[]]>> = {
    network: [
      500,
      10_000,
      [
        ...(['refused', 'unreachable', 'dns', 'timeout', 'eos', 'decode', 'source'] as const),
        ...(['no-frame', 'no-key-frame', 'stalled', 'frozen', 'decode-errors'] as const),
      ],
    ],
    refusal: [54_000, 66_000, ['session', 'unavailable', 'tls', 'not-found', 'codec', 'config']],
    auth: [270_000, 330_000, ['unauthorized', 'forbidden']],
    none: [0, 0, ['restart', 'changed']],
  };

  it.each(Object.entries(BOUNDS))(
    'for reasons of kind "%s" stays in its bounds',
    (pace, [least, most, causes]) => {
      expect(CAUSES.filter((cause) => RETRY[cause].pace === pace).sort()).toEqual([...causes].sort());
      fc.assert(
        fc.property(
          fc.constantFrom(...causes),
          fc.integer({ min: 1, max: 1_000 }),
          random,
          (cause, attempt, chance) => {
            const delay = retryDelay(cause, attempt, () => chance);
            expect(delay).toBeGreaterThanOrEqual(least);
            expect(delay).toBeLessThanOrEqual(most);
          },
        ),
      );
    },
  );

  it('grows from attempt to attempt for network failures', () => {
    const delays = [1, 2, 3, 4, 5, 6, 7].map((attempt) => retryDelay('refused', attempt, () => 1));
    expect(delays).toEqual([1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000]);
  });
});
