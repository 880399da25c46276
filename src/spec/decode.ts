/** Which access units `decode: auto` has decoded: the fewest of which the detector gets what `rate` asks for. */
import type { TrackerAlgorithm } from './types.js';

/** What is decoded of a stream: all, what others are decoded with, or key frames. */
export const DECODE_MODES = ['all', 'reference', 'keyframes'] as const;
export type DecodeMode = (typeof DECODE_MODES)[number];

/** Whether it looks at pictures that are not inferred, too. Those that do not lose nothing by fewer of them. */
const FOLLOWS: Readonly<Record<TrackerAlgorithm, boolean>> = {
  iou: false,
  nvsort: false,
  none: false,
};

export interface DecodeFacts {
  /** `detector.rate`; absent: every picture is inferred, or as whole batches are skipped. */
  readonly rate?: number;
  /** The detector skips whole batches: fewer pictures would mean fewer inferences. */
  readonly skipsBatches: boolean;
  readonly tracker: TrackerAlgorithm;
  /** Somebody looks at decoded pictures. */
  readonly watched: boolean;
  /** Seconds between key frames, the longest of late; absent: not known. */
  readonly keyFrameSeconds?: number;
  /** Access units a second that others are decoded with; absent: not known, or all of them. */
  readonly referenceFps?: number;
}

export interface DecodeDecision {
  readonly mode: DecodeMode;
  readonly why: string;
}

/** Cameras are not exact: so much fewer than asked for is as good as it. */
const ENOUGH = 0.95;
/** What a mode in use may fall to before it is left: between the two nothing changes. */
const STILL_ENOUGH = 0.85;

/** `now`: the mode in use, which is kept where another would be better by a hair. */
export function decodeMode(facts: DecodeFacts, now: DecodeMode = 'all'): DecodeDecision {
  const { rate, skipsBatches, tracker, watched, keyFrameSeconds, referenceFps } = facts;
  const all = (why: string): DecodeDecision => ({ mode: 'all', why });
  if (skipsBatches) return all('the detector skips whole batches');
  if (rate === undefined) return all('every picture is inferred: detector.rate is not set');
  if (FOLLOWS[tracker]) return all(`the tracker "${tracker}" needs every picture`);
  if (watched) return all('somebody looks at its pictures');
  const enough = (mode: DecodeMode, fps: number) => fps >= rate * (now === mode ? STILL_ENOUGH : ENOUGH);
  if (keyFrameSeconds === undefined) return all('how far apart key frames are is not known yet');
  const keys = `key frames come every ${shown(keyFrameSeconds)} s`;
  const asked = `detector.rate is ${rate}`;
  if (keyFrameSeconds > 0 && enough('keyframes', 1 / keyFrameSeconds))
    return { mode: 'keyframes', why: `${keys}, ${asked}` };
  if (referenceFps === undefined) return all(`${keys}, ${asked}`);
  const references = `${shown(referenceFps)} frames a second are needed by others`;
  if (enough('reference', referenceFps)) return { mode: 'reference', why: `${references}, ${asked}` };
  return all(`${references}, ${asked}`);
}

function shown(value: number): string {
  return String(Number(value.toFixed(value < 10 ? 1 : 0)));
}
