import { describe, expect, it } from 'vitest';
import { account, packetsSent } from '../../src/audit/account.js';
import { BOOK_FIELDS, type BookField, type Books, EMPTY } from '../../src/audit/books.js';

/** A stream from which something was lost at every place, and of which nothing is left. */
const LEFT: Books = {
  ...EMPTY,
  ...{ packets: 900, packetsLost: 100, received: 1_000, undecodable: 10, skipped: 20, droppedEncoded: 30 },
  ...{
    decodeErrors: 40,
    droppedDecoded: 50,
    discarded: 60,
    muxed: 790,
    frames: 790,
    inferred: 400,
    silent: 280,
    framesLeftOut: 20,
  },
  ...{
    droppedRing: 90,
    offered: 400,
    published: 360,
    disconnected: 10,
    slow: 11,
    refused: 12,
    unconfirmed: 7,
  },
};
const UNSUMMED: readonly BookField[] = ['packets', 'packetsLost', 'inferred'];
const SUMMED = BOOK_FIELDS.filter((field) => !UNSUMMED.includes(field));

const of = (after: Books, left = true, before = EMPTY) => account({ before, after, slots: 8, left });
const wrong = (stages: ReturnType<typeof account>) => stages.filter((s) => !s.agrees).map((s) => s.stage);

describe('the account of a stream that has left', () => {
  it('tells of every stage what came, what went on and what ended where', () => {
    const stages = of(LEFT);
    expect(wrong(stages)).toEqual([]);
    expect(stages.map(({ came, went, leftOut, after }) => [came, went, leftOut, after])).toEqual([
      [1_000, 790, 20, 0],
      [790, 790, 0, 0],
      [790, 400, 300, 0],
      [400, 360, 0, 0],
    ]);
    expect(stages[3]?.dropped).toEqual([
      { place: 'nats', cause: 'disconnected', count: 10 },
      { place: 'nats', cause: 'slow', count: 11 },
      { place: 'nats', cause: 'refused', count: 12 },
      { place: 'nats', cause: 'unconfirmed', count: 7 },
    ]);
  });

  it.each(SUMMED)('finds that %s is one too many or one too few', (field) => {
    for (const by of [1, -1]) expect(wrong(of({ ...LEFT, [field]: LEFT[field] + by }))).not.toEqual([]);
  });
});

describe('the account of a stream that runs', () => {
  const running = { ...LEFT, received: LEFT.received + 5, muxed: 793, waiting: 4, published: 356 };

  it('has something under way, before and after', () => {
    const [decode, infer, , publish] = of(running, false);
    expect([decode?.after, infer?.after, publish?.after]).toEqual([2, 3, 4]);
    const later = { ...running, received: running.received + 10, muxed: running.muxed + 12 };
    expect(of(later, false, running)[0]).toMatchObject({
      before: 2,
      after: 0,
      came: 10,
      went: 12,
      agrees: true,
    });
  });

  it.each([
    ['more went on than came', { muxed: 1_000 }, ['decode', 'infer']],
    ['more is under way than the queues hold', { received: LEFT.received + 101 }, ['decode']],
    ['frames are missing', { frames: LEFT.frames - 50, silent: LEFT.silent - 50 }, ['infer']],
    ['what waits for NATS is not what was sent to it', { waiting: 1 }, ['publish']],
  ] as const)('disagrees where %s', (_what, more, stages) => {
    expect(wrong(of({ ...LEFT, ...more }, false))).toEqual(stages);
  });

  it('disagrees where a total went back', () => {
    expect(wrong(of(LEFT, false, { ...LEFT, slow: 12, published: 359 }))).not.toEqual([]);
  });
});

it('the camera sent what came and what is missing between; of a file nothing is known', () => {
  expect(packetsSent({ before: EMPTY, after: LEFT })).toBe(1_000);
  expect(packetsSent({ before: LEFT, after: LEFT })).toBe(0);
  expect(packetsSent({ before: EMPTY, after: EMPTY })).toBeUndefined();
});
