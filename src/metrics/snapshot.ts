/** What metrics read of the pipelines, at the moment somebody asks. The worker's status has this shape. */

import type { DeviceReading } from '../device/reading.js';

export type DeviceSnapshot = DeviceReading;

type Counts = Readonly<Record<string, number>>;

export interface StreamSnapshot {
  readonly id: string;
  readonly state: string;
  readonly phase?: string;
  /** RFC 3339. */
  readonly since: string;
  readonly epoch: number;
  readonly attempt: number;
  readonly troubles: readonly { readonly kind: string }[];
  readonly losses: Counts;
  readonly incidents: Counts;
  readonly decoding: { readonly mode: string; readonly keyFrameSeconds?: number };
  readonly clock: { readonly source: string; readonly skewSeconds?: number };
  readonly format?: { readonly width: number; readonly height: number };
  readonly fps: number;
  readonly inferencesPerSecond: number;
  readonly latencyMs: number;
  /** -1 before the first frame. */
  readonly lastFrameAgeMs: number;
  readonly received: number;
  readonly receivedBytes: number;
  readonly packets: number;
  readonly packetsLost: number;
  readonly undecodable: number;
  readonly skipped: number;
  readonly keyFrames: number;
  readonly unreferenced: number;
  readonly decodeErrors: number;
  readonly frames: number;
  readonly inferred: number;
  readonly shed: number;
  readonly silent: number;
  readonly framesLeftOut: number;
  readonly objectsLeftOut: number;
  readonly detections: number;
  readonly tracked: number;
  readonly droppedObjects: number;
  readonly messages: number;
  readonly published: number;
  readonly dropped: {
    readonly encoded: number;
    readonly decoded: number;
    readonly discarded: number;
    readonly ring: number;
    readonly disconnected: number;
    readonly slow: number;
    readonly refused: number;
    readonly unconfirmed: number;
  };
}

/** Of a pipeline's process, whether or not it plays. */
export interface ProcessSnapshot {
  readonly pipeline: string;
  readonly state: string;
  /** By reason, since the supervisor started. */
  readonly restarts: Counts;
  readonly quarantined: number;
  /** Of the process of now. */
  readonly rssBytes?: number;
  readonly cpuSeconds?: number;
  /** The longest JavaScript was kept waiting within the last beat. */
  readonly loopLagMs?: number;
}

export interface Snapshot {
  /** Those that play. */
  readonly pipelines: readonly PipelineSnapshot[];
  /** All of the spec. */
  readonly processes: readonly ProcessSnapshot[];
  /** Of the Jetson below; absent elsewhere. */
  readonly device?: DeviceSnapshot | undefined;
}

export interface EventsSnapshot {
  readonly jetstream: { readonly kind: string; readonly problem?: string };
  /** What is wrong with the spool's disk. */
  readonly spoolProblem?: string;
  readonly emitted: number;
  readonly acknowledged: number;
  readonly repeated: number;
  readonly suppressed: number;
  readonly dropped: Counts;
  readonly waiting: number;
  readonly spoolBytes: number;
  readonly consumers?: { readonly count: number; readonly pending: number };
}

export interface PipelineSnapshot {
  readonly appliance: string;
  readonly pipeline: string;
  readonly provider: string;
  readonly gstreamer: string;
  readonly nats: { readonly kind: string };
  readonly events: EventsSnapshot;
  readonly pipelineCounters: {
    readonly slots: number;
    readonly batches: number;
    readonly batchFrames: number;
    readonly droppedBatches: number;
    readonly ringDepth: number;
    readonly detectorBatches: number;
    readonly detectorMs: number;
  };
  /** By stage. */
  readonly latencies: Readonly<
    Record<string, { readonly counts: readonly number[]; readonly sumMs: number }>
  >;
  readonly streams: readonly StreamSnapshot[];
}
