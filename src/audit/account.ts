/**
 * The account of a stream: what came into each stage, what went on, what ended there and why, and what is under way.
 * The last is what remains; it must lie within what the stage's queues can hold, and be nothing once the stream has
 * left. So a count that is wrong is found at once where the stream has left, and as soon as the error is larger than
 * the queues while it runs.
 */
import type { BookField, Books } from './books.js';

export const STAGES = ['decode', 'infer', 'message', 'publish'] as const;
export type StageName = (typeof STAGES)[number];

export interface Loss {
  readonly place: string;
  readonly cause: string;
  readonly count: number;
}

export interface StageAccount {
  readonly stage: StageName;
  /** What came in and went on within the window. */
  readonly came: number;
  readonly went: number;
  /** Ended as the spec asks: left out by `decode` or `maxFps`, or without anything to tell. */
  readonly leftOut: number;
  /** Without zeros. */
  readonly dropped: readonly Loss[];
  /** In the stage when the window began and when it ended. */
  readonly before: number;
  readonly after: number;
  /** What the stage can hold. */
  readonly bound: number;
  readonly agrees: boolean;
}

interface Stage {
  readonly name: StageName;
  readonly came: BookField;
  readonly went: BookField;
  readonly leftOut: readonly BookField[];
  readonly dropped: readonly (readonly [place: string, cause: string, field: BookField])[];
  /** Counted on its own, where it is. */
  readonly underWay?: BookField;
  /** The most it can hold of one stream; a batch has `slots` frames at most, and all may be one stream's. */
  bound(slots: number): number;
}

/** The queue before the decoder and one that waits for it, decoder, queue behind it and what its threads hold. */
const DECODE_BOUND = 30 + 1 + 64 + 2 + 3;
/** Batches: in the mux, waiting for inference (2), in inference, behind it. One picture waits to get in. */
const INFER_BATCHES = 5;
/** Batches: in the ring, and the one that is filled. */
const MESSAGE_BATCHES = 64 + 1;

const TABLE: readonly Stage[] = [
  {
    ...{ name: 'decode', came: 'received', went: 'muxed', leftOut: ['skipped'] },
    dropped: [
      ['encoded', 'no-key-frame', 'undecodable'],
      ['encoded', 'full', 'droppedEncoded'],
      ['decoder', 'error', 'decodeErrors'],
      ['decoded', 'full', 'droppedDecoded'],
      ['source', 'disconnected', 'discarded'],
    ],
    bound: () => DECODE_BOUND,
  },
  {
    ...{ name: 'infer', came: 'muxed', went: 'frames', leftOut: [], dropped: [] },
    bound: (slots) => INFER_BATCHES * slots + 1,
  },
  {
    ...{ name: 'message', came: 'frames', went: 'offered', leftOut: ['silent', 'framesLeftOut'] },
    dropped: [['ring', 'full', 'droppedRing']],
    bound: (slots) => MESSAGE_BATCHES * slots,
  },
  {
    ...{ name: 'publish', came: 'offered', went: 'published', leftOut: [], underWay: 'waiting' },
    dropped: [
      ['nats', 'disconnected', 'disconnected'],
      ['nats', 'slow', 'slow'],
      ['nats', 'refused', 'refused'],
      ['nats', 'unconfirmed', 'unconfirmed'],
    ],
    bound: () => Number.POSITIVE_INFINITY,
  },
];

export interface Span {
  /** Totals when the window began and when it ended. */
  readonly before: Books;
  readonly after: Books;
  /** Of the pipeline. */
  readonly slots: number;
  /** Nothing of the stream is in the pipeline any more. */
  readonly left: boolean;
}

export function account(span: Span): StageAccount[] {
  return TABLE.map((stage) => stageAccount(stage, span));
}

function stageAccount(stage: Stage, { before, after, slots, left }: Span): StageAccount {
  const grown = (field: BookField) => after[field] - before[field];
  const ends = { before: remaining(stage, before), after: remaining(stage, after) };
  const bound = left && stage.underWay === undefined ? 0 : stage.bound(slots);
  const fits = (books: Books, rest: number, most: number) =>
    rest >= 0 && (stage.underWay === undefined ? rest <= most : rest === books[stage.underWay]);
  return {
    stage: stage.name,
    came: grown(stage.came),
    went: grown(stage.went),
    leftOut: stage.leftOut.reduce((sum, field) => sum + grown(field), 0),
    dropped: stage.dropped
      .map(([place, cause, field]) => ({ place, cause, count: grown(field) }))
      .filter(({ count }) => count !== 0),
    ...ends,
    bound: stage.underWay === undefined ? bound : after[stage.underWay],
    agrees:
      fits(before, ends.before, stage.bound(slots)) &&
      fits(after, ends.after, bound) &&
      forward(before, after),
  };
}

/** Of all that came, what has neither gone on nor ended. */
function remaining({ came, went, leftOut, dropped }: Stage, books: Books): number {
  const ended = [...leftOut, ...dropped.map(([, , field]) => field)];
  return ended.reduce((rest, field) => rest - books[field], books[came] - books[went]);
}

/** Totals only grow; `waiting` is none. */
function forward(before: Books, after: Books): boolean {
  return TABLE.every(({ came, went, leftOut, dropped }) =>
    [came, went, ...leftOut, ...dropped.map(([, , field]) => field)].every(
      (field) => after[field] >= before[field],
    ),
  );
}

/** RTP packets the camera sent, as their numbers tell: those that came and the gaps. Undefined where it sent none. */
export function packetsSent({ before, after }: Pick<Span, 'before' | 'after'>): number | undefined {
  if (after.packets === 0) return undefined;
  return after.packets - before.packets + (after.packetsLost - before.packetsLost);
}
