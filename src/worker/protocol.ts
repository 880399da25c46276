/** What a supervisor and its workers say to each other besides questions and answers (see channel.ts). */
import type { ApplianceSpec } from '../spec/types.js';
import type { LogLevel } from './log.js';
import type { Fault } from './channel.js';
import type { StreamRow } from './status.js';

/** Both ways, this often. */
export const BEAT_MS = 500;

/** The first word to a worker: what it is. Secrets are references. */
export interface StartMessage {
  readonly type: 'start';
  readonly spec: ApplianceSpec;
  /** Id of one of its pipelines. */
  readonly pipeline: string;
  readonly logLevel: LogLevel;
  readonly hideMemory: boolean;
  /** For files of its own; the supervisor removes it. */
  readonly dir: string;
  /** Folder of the events' spool, which stays. */
  readonly spool: string;
  /** File for the last words of a thread that crashes. */
  readonly breadcrumb: string;
}

export type ToWorker =
  | StartMessage
  | { readonly type: 'supervisor-beat' }
  | { readonly type: 'stop' }
  /** A turn of the handshake budget. */
  | { readonly type: 'granted'; readonly turn: number };

export interface Beat {
  readonly type: 'beat';
  readonly rssBytes: number;
  /** Of all threads, since the process began. */
  readonly cpuSeconds: number;
  /** The longest JavaScript was kept waiting since the last beat. */
  readonly loopLagMs: number;
}

export type FromWorker =
  /** Its event loop turns: it can be told what to run. */
  | { readonly type: 'up' }
  | Beat
  /** It cannot start, or its pipeline failed; it ends by itself. */
  | { readonly type: 'failed'; readonly fault: Fault }
  /** A stream entered a state. */
  | { readonly type: 'stream'; readonly row: StreamRow }
  /** A line of its log, as JSON. */
  | { readonly type: 'log'; readonly line: string }
  | { readonly type: 'turn'; readonly turn: number; readonly want: boolean };
