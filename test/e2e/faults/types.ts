/** A fault as a row of a table: how it is made and ended, what is expected, and how fast. */
import type { StatusMessage, StreamRow } from '../../../src/worker/status.js';
import type { Appliance, Detections } from '../../support/appliance.js';
import type { Camsim } from '../../support/camsim.js';
import type { Timeline } from '../../support/timeline.js';

/** `tcp`, `udp`: how RTP comes. `process`: TCP, from a camera that is a process of its own. */
export type Kind = 'tcp' | 'udp' | 'process';

export interface Victim {
  readonly id: string;
  readonly kind: Kind;
  /** Number of its scene, and its files. */
  readonly camera: number;
  readonly files: Files;
  /** As it stands in the spec. */
  readonly stream: { readonly id: string; readonly uri: string } & Readonly<Record<string, unknown>>;
  /** The program that plays it; another one after `revive`. */
  sim: Camsim;
  /** Kind `process` only: starts it again at its old port after it was killed. */
  revive(): Promise<void>;
}

/** The same scene in several formats. */
export interface Files {
  readonly usual: string;
  readonly half: string;
  readonly h265: string;
}

export interface Stage {
  readonly victim: Victim;
  readonly appliance: Appliance;
  readonly watched: Timeline;
  /** The stream before the fault. */
  readonly before: StreamRow;
  /** Seeded. */
  random(): number;
  /** A sentence for the report; of those with one name, the one with the highest value is kept. */
  tell(name: string, value: number, sentence: string): void;
}

/** What a status must show; every field that is there. */
export interface Expected {
  readonly state?: readonly StatusMessage['state'][];
  readonly cause?: readonly string[];
  readonly phase?: readonly string[];
  /** One more of these than before: what is over within a second may leave nothing else in a status. */
  readonly losses?: readonly string[];
  /** Any of these. */
  readonly trouble?: readonly string[];
  /** Of the trouble if one is expected, else of the cause. */
  readonly message?: RegExp;
}

export interface FaultRow {
  /** Number of the fault; several rows may share one. */
  readonly row: number;
  readonly name: string;
  readonly on: Kind;
  inject(stage: Stage): Promise<void>;
  /** Absent: the fault is over as soon as it is made. */
  readonly end?: (stage: Stage) => Promise<void>;
  /** What the status must say. Absent: nothing is to be told. */
  readonly expected?: Expected;
  /** Told by a number instead: looked at until it holds. */
  readonly metric?: (row: StreamRow) => boolean;
  /** Grows by at least one with each injection. */
  readonly counted?: { readonly losses?: readonly string[]; readonly incidents?: readonly string[] };
  /** The fault goes on for this long after it was noticed: least and most, milliseconds. */
  readonly lasts?: readonly [number, number];
  /** Whether the stream must have connected anew afterwards, must not, or may have. */
  readonly reconnects: 'yes' | 'no' | 'maybe';
  /** The first message after the fault for which this holds ends it; default: any. */
  readonly recovered?: (message: Detections, stage: Stage) => boolean;
  /** More that must hold while the fault lasts, or after one that does not. */
  readonly check?: (stage: Stage) => Promise<void>;
  /** After all was measured. */
  readonly restore?: (stage: Stage) => Promise<void>;
  readonly target: { readonly detectMs?: number; readonly recoverMs?: number };
  /** Where the time goes, for the report. */
  readonly note?: string;
}

/** One injection, milliseconds. */
export interface Injection {
  readonly victim: string;
  readonly detectMs?: number;
  readonly recoverMs?: number;
}
