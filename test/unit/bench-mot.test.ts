/** The measures of tracking, on cases worked by hand. */
import { describe, expect, it } from 'vitest';
import { assign } from '../bench/mot/assign.js';
import { type Identified, score } from '../bench/mot/score.js';

/** 10 x 10 pixels at `left`: one moved by 2 overlaps by 80/120 = 2/3, by 5 by 50/150 = 1/3. */
const at = (id: string | number, left: number, top = 0): Identified => ({
  id,
  left,
  top,
  width: 10,
  height: 10,
});

describe('the assignment', () => {
  it('prefers the sum to the single best pair', () => {
    // Greedy would take 9 and be left with 1; 8 + 7 is more.
    expect(
      assign([
        [9, 8],
        [7, 1],
      ]),
    ).toEqual([
      [0, 1],
      [1, 0],
    ]);
  });

  it.each([
    ['no rows', [], []],
    ['no columns', [[], []], []],
    ['nothing that fits', [[0, 0]], []],
    ['more rows than columns', [[1], [3], [2]], [[1, 0]]],
    ['more columns than rows', [[1, 3, 2]], [[0, 1]]],
    [
      'a row left alone',
      [
        [5, 0],
        [4, 0],
      ],
      [[0, 0]],
    ],
  ] as const)('takes %s', (_, weights, pairs) => expect(assign(weights)).toEqual(pairs));

  it('is never less than any other assignment of small tables', () => {
    const best = (table: number[][], row = 0, used = new Set<number>()): number => {
      if (row === table.length) return 0;
      let most = best(table, row + 1, used);
      for (const [c, weight] of (table[row] as number[]).entries())
        if (!used.has(c)) most = Math.max(most, weight + best(table, row + 1, new Set([...used, c])));
      return most;
    };
    let state = 7;
    const next = (): number => (state = (state * 48271) % 2147483647) % 10;
    for (let round = 0; round < 200; round++) {
      const [rows, columns] = [1 + (next() % 5), 1 + (next() % 5)];
      const table = Array.from({ length: rows }, () => Array.from({ length: columns }, next));
      const sum = assign(table).reduce((total, [r, c]) => total + (table[r]?.[c] as number), 0);
      expect(sum, JSON.stringify(table)).toBe(best(table));
    }
  });
});

describe('the score', () => {
  it('of tracks that are the truth is perfect', () => {
    const truth = [
      [at('a', 0), at('b', 50)],
      [at('a', 2), at('b', 48)],
    ];
    const tracks = [
      [at(7, 0), at(9, 50)],
      [at(7, 2), at(9, 48)],
    ];
    expect(score(truth, tracks)).toMatchObject({
      ...{ objects: 4, reported: 4, matches: 4, misses: 0, falsePositives: 0, switches: 0, fragments: 0 },
      ...{ mota: 1, motp: 1, idf1: 1 },
    });
  });

  it('of no tracks is nothing', () => {
    expect(score([[at('a', 0)]], [[]])).toMatchObject({ misses: 1, mota: 0, motp: NaN, idf1: 0 });
  });

  it('counts misses, false alarms, a switch and a gap', () => {
    const truth = [[at('a', 0)], [at('a', 0)], [at('a', 0)], [at('a', 0)], [at('a', 0)]];
    const tracks = [[at(1, 0)], [at(1, 2)], [], [at(2, 0)], [at(2, 0), at(3, 50)]];
    // Matches in frames 0, 1, 3, 4; one miss; track 3 is at nothing; a goes from 1 to 2 after the gap.
    // MOTA = 1 - (1 + 1 + 1) / 5 = 0.4. MOTP = (1 + 2/3 + 1 + 1) / 4 = 11/12.
    // IDF1: a is track 1 or track 2, right in 2 boxes either way: 2 * 2 / (5 + 5) = 0.4.
    const result = score(truth, tracks);
    expect(result).toMatchObject({ matches: 4, misses: 1, falsePositives: 1, switches: 1, fragments: 1 });
    expect(result.mota).toBeCloseTo(0.4);
    expect(result.motp).toBeCloseTo(11 / 12);
    expect(result.idf1).toBeCloseTo(0.4);
  });

  it('counts two switches when two tracks swap, and half of the identities', () => {
    const truth = Array.from({ length: 4 }, () => [at('a', 0), at('b', 50)]);
    const tracks = truth.map((_, n) => (n < 2 ? [at(1, 0), at(2, 50)] : [at(2, 0), at(1, 50)]));
    // MOTA = 1 - 2/8 = 0.75. IDF1: a=1, b=2 (or the other way) are right in 2 of 4 frames each: 2 * 4 / 16 = 0.5.
    expect(score(truth, tracks)).toMatchObject({
      matches: 8,
      switches: 2,
      fragments: 0,
      mota: 0.75,
      idf1: 0.5,
    });
  });

  it('keeps a pair of the frame before although another track is nearer now', () => {
    const truth = [[at('a', 0)], [at('a', 0)]];
    const tracks = [[at(1, 0)], [at(1, 2), at(2, 0)]];
    // Track 2 is the false alarm. MOTA = 1 - 1/2.
    expect(score(truth, tracks)).toMatchObject({ switches: 0, falsePositives: 1, mota: 0.5 });
  });

  it('matches as many as it can, not the nearest first', () => {
    // Track 1 is at a and might be b; track 2 might only be a. Nearest first would leave b without a track.
    const truth = [[at('a', 10), at('b', 12)]];
    const tracks = [[at(1, 10), at(2, 8)]];
    expect(score(truth, tracks)).toMatchObject({ matches: 2, misses: 0, falsePositives: 0 });
  });

  it('takes boxes that overlap too little for two mistakes', () => {
    const frames = [[[at('a', 0)]], [[at(1, 5)]]] as const;
    expect(score(...frames)).toMatchObject({ matches: 0, misses: 1, falsePositives: 1, mota: -1, idf1: 0 });
    expect(score(...frames, 0.3)).toMatchObject({ matches: 1, mota: 1, idf1: 1 });
  });

  it('gives an object the track it has longest, whichever came first', () => {
    const truth = Array.from({ length: 10 }, () => [at('a', 0)]);
    const tracks = truth.map((_, n) => [at(n < 3 ? 1 : 2, 0)]);
    // Right in 7 of 10: 2 * 7 / 20.
    expect(score(truth, tracks).idf1).toBeCloseTo(0.7);
    expect(score(truth, tracks).mota).toBeCloseTo(0.9);
  });

  it('refuses frames that do not belong together', () => {
    expect(() => score([[]], [])).toThrow('1 frames of truth, 0 of tracks');
  });
});
