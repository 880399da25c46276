import { describe, expect, it } from 'vitest';
import { type DecodeFacts, type DecodeMode, decodeMode } from '../../src/spec/decode.js';

/** One inference a second of a camera that sends a key frame a second, 5 of its 15 frames needed by others. */
const USUAL: DecodeFacts = {
  ...{ rate: 1, skipsBatches: false, tracker: 'iou', watched: false },
  ...{ keyFrameSeconds: 1, referenceFps: 5 },
};

function decided({
  rate,
  keyFrameSeconds,
  referenceFps,
  ...more
}: Partial<Record<keyof DecodeFacts, unknown>>) {
  const facts = { ...USUAL, ...more } as { -readonly [K in keyof DecodeFacts]: DecodeFacts[K] };
  for (const [key, value] of Object.entries({ rate, keyFrameSeconds, referenceFps }))
    if (value === null) delete facts[key as 'rate'];
    else if (value !== undefined) facts[key as 'rate'] = value as number;
  return facts;
}

describe('decode: auto', () => {
  it.each<[what: string, facts: Parameters<typeof decided>[0], mode: DecodeMode, why: string]>([
    ['key frames often enough', {}, 'keyframes', 'key frames come every 1 s, detector.rate is 1'],
    ['without a tracker', { tracker: 'none' }, 'keyframes', 'key frames come every 1 s, detector.rate is 1'],
    [
      'a hair too seldom',
      { keyFrameSeconds: 1.04 },
      'keyframes',
      'key frames come every 1 s, detector.rate is 1',
    ],
    [
      'too seldom',
      { keyFrameSeconds: 2 },
      'reference',
      '5 frames a second are needed by others, detector.rate is 1',
    ],
    [
      'a rate of more',
      { rate: 5 },
      'reference',
      '5 frames a second are needed by others, detector.rate is 5',
    ],
    ['of still more', { rate: 6 }, 'all', '5 frames a second are needed by others, detector.rate is 6'],
    [
      'no frames without need',
      { rate: 2, referenceFps: null },
      'all',
      'key frames come every 1 s, detector.rate is 2',
    ],
    ['not measured', { keyFrameSeconds: null }, 'all', 'how far apart key frames are is not known yet'],
    ['somebody looks', { watched: true }, 'all', 'somebody looks at its pictures'],
    ['no rate', { rate: null }, 'all', 'every picture is inferred: detector.rate is not set'],
    ['whole batches are skipped', { skipsBatches: true }, 'all', 'the detector skips whole batches'],
  ])('%s', (_, facts, mode, why) => {
    expect(decodeMode(decided(facts))).toEqual({ mode, why });
  });

  it('keeps what it has while that is nearly enough', () => {
    const nearly = decided({ keyFrameSeconds: 1.1, referenceFps: null });
    expect(decodeMode(nearly, 'all').mode).toBe('all');
    expect(decodeMode(nearly, 'keyframes').mode).toBe('keyframes');
    expect(decodeMode(decided({ keyFrameSeconds: 1.2, referenceFps: null }), 'keyframes').mode).toBe('all');
    const needed = decided({ rate: 5.5, keyFrameSeconds: 4 });
    expect(decodeMode(needed, 'all').mode).toBe('all');
    expect(decodeMode(needed, 'reference').mode).toBe('reference');
  });
});
