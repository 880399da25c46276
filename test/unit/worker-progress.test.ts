import { expect, test } from 'vitest';
import { Progress, type ProgressSample } from '../../src/worker/progress.js';

const SECOND = 4;

/** Number of the look that finds it stuck; undefined where none of them does. */
function stuckAt(samples: Iterable<ProgressSample>): number | undefined {
  const progress = new Progress();
  return [...samples].findIndex((sample) => progress.stuck(sample)) + 1 || undefined;
}

/** One look after the other. */
function looks(count: number, sample: (look: number) => ProgressSample): ProgressSample[] {
  return Array.from({ length: count }, (_, look) => sample(look));
}

const played = { decoded: 100, batches: 100 };

test('a pipeline into which pictures go and out of which nothing comes is stuck after 4.25 s', () => {
  const hanging = looks(100, (look) => ({ decoded: 101 + look, batches: 100 }));
  expect(stuckAt([played, ...hanging])).toBe(1 + 4.25 * SECOND);
});

test('so is one whose cameras give a picture a second', () => {
  const slow = looks(100, (look) => ({ decoded: 101 + Math.floor(look / SECOND), batches: 100 }));
  expect(stuckAt([played, ...slow])).toBe(1 + 4.25 * SECOND);
});

test('before the first batch it has a minute', () => {
  expect(stuckAt(looks(1_000, (look) => ({ decoded: 1 + look, batches: 0 })))).toBe(60 * SECOND);
  const late = looks(1_000, (look) => ({ decoded: Math.max(0, look - 500), batches: 0 }));
  expect(stuckAt(late)).toBe(501 + 60 * SECOND);
});

test.each([
  ['no camera delivers', () => played],
  ['the last picture before a camera left never comes out', () => ({ decoded: 103, batches: 100 })],
  ['a batch comes every now and then', (look) => ({ decoded: 100 + look, batches: 100 + (look >> 4) })],
] satisfies [string, (look: number) => ProgressSample][])('it is not stuck where %s', (_name, sample) => {
  expect(stuckAt([played, ...looks(1_000, sample)])).toBeUndefined();
});
