/** What the reducer of a stream works on. All times are milliseconds of the injected clock. */
import type { Interval } from './frame-interval.js';
import type { Cause } from './retry.js';
import type { SlotSample, Watch } from './watch.js';

export const STREAM_KINDS = ['connecting', 'live', 'stalled', 'waiting', 'failed', 'stopped'] as const;
export type StreamKind = (typeof STREAM_KINDS)[number];

/** How far a connection has come. `settling`: frames flow, but after a flap the stream has to prove itself. */
export const PHASES = [
  'queued',
  'resolving',
  'handshake',
  'no-frame',
  'waiting-for-key-frame',
  'settling',
] as const;
export type Phase = (typeof PHASES)[number];

/** What occupies the stream's slot in the pipeline. */
export type SourcePhase = 'none' | 'adding' | 'present' | 'removing';

/** What is wrong with a connection that goes on. */
export const TROUBLES = [
  'frozen',
  'decode-errors',
  'packet-loss',
  'timestamps',
  'no-key-frame',
  'detector-slow',
  'clock-skew',
] as const;
export type TroubleKind = (typeof TROUBLES)[number];

export interface Trouble {
  readonly kind: TroubleKind;
  readonly since: number;
  readonly message: string;
}

/** Counted once each time: a trouble begins, timestamps jump, the format is another one. */
export const INCIDENTS = [...TROUBLES, 'format-changed'] as const;
export type Incident = (typeof INCIDENTS)[number];

/** What happens next unless the camera does something before. */
export interface Next {
  readonly action: 'connect' | 'reconnect' | 'warn' | 'live';
  readonly at: number;
}

export interface StreamState {
  readonly kind: StreamKind;
  /** When `kind` was entered. */
  readonly since: number;
  /** While connecting, and since when. */
  readonly phase?: Phase;
  readonly phaseSince: number;
  readonly source: SourcePhase;
  /** Of the handshake budget. */
  readonly turn: 'none' | 'asked' | 'held';
  /** Counts connections; events of another epoch are stale. */
  readonly epoch: number;
  /** Failures in a row. */
  readonly attempt: number;
  /** The last connection gave frames, but not for long: the next has to prove itself. */
  readonly flapped: boolean;
  /** Why the last connection ended; absent while all is well. */
  readonly cause?: Cause;
  readonly message?: string;
  /** When the next attempt is due, in `waiting` and `failed`. */
  readonly retryAt?: number;
  readonly next?: Next;
  readonly troubles: readonly Trouble[];
  /** What the camera last sent, over reconnects. */
  readonly format?: string;
  readonly interval: Interval;
  readonly watch: Watch;
}

export type StreamEvent =
  | { readonly type: 'start' }
  | { readonly type: 'stop' }
  /** Connect anew at once, from any state but `stopped`. */
  | { readonly type: 'restart'; readonly cause: 'restart' | 'changed' }
  /** The network is back: if that is what the stream waits for, it tries now. */
  | { readonly type: 'nudge' }
  | { readonly type: 'retryDue' }
  /** The handshake budget lets this stream connect. */
  | { readonly type: 'granted' }
  /** It is known what to connect to. */
  | { readonly type: 'resolved'; readonly epoch: number }
  | { readonly type: 'added'; readonly epoch: number }
  | { readonly type: 'removed'; readonly epoch: number }
  /** The camera has answered and a decoder is there. */
  | { readonly type: 'connected'; readonly epoch: number }
  | { readonly type: 'firstFrame'; readonly epoch: number }
  | { readonly type: 'format'; readonly epoch: number; readonly text: string }
  | { readonly type: 'lost'; readonly epoch: number; readonly cause: Cause; readonly message: string }
  /** Frames come at another pace from now on, the first of them within `stallMs` (absent: as the rules say). */
  | { readonly type: 'paced'; readonly stallMs?: number }
  /** The watchdog's look at the slot's counters. */
  | { readonly type: 'tick'; readonly sample: SlotSample };

export type StreamEffect =
  /** Ask the handshake budget for a turn; `release` gives it back, or withdraws the request. */
  | { readonly type: 'acquire' }
  | { readonly type: 'release' }
  /** Find out what to connect to; then `resolved`, or `lost`. */
  | { readonly type: 'resolve'; readonly epoch: number }
  | { readonly type: 'add'; readonly epoch: number }
  | { readonly type: 'remove'; readonly epoch: number }
  | { readonly type: 'schedule'; readonly at: number }
  | { readonly type: 'unschedule' }
  /** To be counted: a connection ended. */
  | { readonly type: 'loss'; readonly cause: Cause }
  | { readonly type: 'incident'; readonly incident: Incident; readonly message: string };

export type Step = readonly [state: StreamState, effects: readonly StreamEffect[]];
