/** What the supervisor says of its pipelines and streams, and what it is asked to do: plain data, JSON as it stands. */
import type { PipelineState, WorkerEnd } from '../metrics/process-states.js';
import type { ClockRow, DecodingRow, StreamFormat, TroubleRow, WorkerStatus } from '../worker/status.js';
import type { Cause } from '../streams/retry.js';
import type { Phase, StreamKind } from '../streams/stream-types.js';

export { PIPELINE_STATES, WORKER_ENDS } from '../metrics/process-states.js';
export type { PipelineState, WorkerEnd };

/** Who asks. `name` is what the operations log calls them. */
export interface Actor {
  readonly door: 'socket' | 'http' | 'nats' | 'signal' | 'parent';
  readonly name: string;
}

export interface PipelineView {
  readonly id: string;
  readonly state: PipelineState;
  /** RFC 3339. */
  readonly since: string;
  readonly pid?: number;
  /** Since the supervisor started. */
  readonly restarts: Readonly<Record<WorkerEnd, number>>;
  /** Of the last end that was not asked for. */
  readonly lastEnd?: { readonly why: WorkerEnd; readonly at: string; readonly message: string };
  /** Where it waits: when it is started anew. */
  readonly nextStartAt?: string;
  readonly slots: number;
  readonly streams: number;
  readonly live: number;
  /** Resident memory of the worker, bytes; absent before its first heartbeat. */
  readonly rssBytes?: number;
  readonly memoryLimitBytes?: number;
  /** State of its worker's connection. */
  readonly nats?: string;
  /** How it stands with JetStream, which takes events; `in memory` where they cannot be written to disk. */
  readonly events?: string;
  /** Events that JetStream has not taken yet. */
  readonly eventsWaiting?: number;
  /** What is wrong with the delivery of messages, in words, with remedies. */
  readonly deliveryProblems?: readonly string[];
  /** From the time of a message until it was finished, of all since its worker started; the bounds of buckets. */
  readonly latencyMs?: { readonly p50: number; readonly p99: number };
}

/** What a stream does: its own state while its pipeline plays. */
export type StreamViewState = StreamKind | 'quarantined' | 'pipeline-down';

/** Where a stream that is waited for has arrived, for better or worse. */
export const SETTLED: ReadonlySet<StreamViewState> = new Set([
  'live',
  'failed',
  'waiting',
  'stopped',
  'quarantined',
]);

export interface StreamView {
  readonly id: string;
  readonly pipeline: string;
  /** Where its description comes from: the spec alone, or added or changed at run time. */
  readonly origin: 'spec' | 'added' | 'changed';
  readonly state: StreamViewState;
  readonly since: string;
  readonly phase?: Phase;
  readonly cause?: Cause;
  readonly message?: string;
  readonly retryAt?: string;
  readonly troubles: readonly TroubleRow[];
  readonly format?: StreamFormat;
  /** Which access units are decoded, and why. Absent while the pipeline is down. */
  readonly decoding?: DecodingRow;
  /** Whose time messages tell, and how far it is off. Absent while the pipeline is down. */
  readonly clock?: ClockRow;
  readonly fps: number;
  readonly inferencesPerSecond: number;
  readonly latencyMs: number;
  readonly lastFrameAgeMs: number;
  /** As under `streams` in weir.yaml; secrets are references. */
  readonly spec: Readonly<Record<string, unknown>>;
  /** Totals since its worker started. Absent while the pipeline is down. */
  readonly counters?: Readonly<Record<string, number>>;
}

export interface StreamChangeView {
  /** False where everything was as asked for already. */
  readonly changed: boolean;
  /** Its pipeline is down: carried out when it plays again. The change is kept all the same. */
  readonly pending: boolean;
  /** A removed one is `stopped`, with its last totals; absent where there was none. */
  readonly stream?: StreamView;
}

export interface ApplianceView {
  readonly appliance: string;
  readonly version: string;
  /** Counts changes of the desired state. */
  readonly generation: number;
  readonly startedAt: string;
  readonly spec: { readonly file: string; readonly applied: boolean };
  readonly pipelines: readonly PipelineView[];
  readonly streams: { readonly total: number; readonly live: number; readonly failed: number };
}

/** One step from the desired state of now to that of a spec. */
export interface PlanStep {
  readonly action:
    'add' | 'remove' | 'update' | 'reconnect' | 'restart' | 'start' | 'stop' | 'restart-appliance';
  readonly pipeline?: string;
  readonly stream?: string;
  /** What differs, e.g. `detector.threshold`. */
  readonly keys: readonly string[];
  /** Streams that lose pictures by it. */
  readonly disturbs: readonly string[];
}

export interface PlanView {
  readonly steps: readonly PlanStep[];
  /** False for a dry run, and where there was nothing to do. */
  readonly applied: boolean;
  readonly generation: number;
}

export interface LogLine {
  readonly seq: number;
  readonly time: string;
  readonly level: string;
  readonly message: string;
  readonly pipeline?: string;
  readonly stream?: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

export interface OperationRecord {
  readonly time: string;
  readonly actor: Actor;
  readonly operation: string;
  readonly stream?: string;
  readonly pipeline?: string;
  /** `ok`, or the code of the error. */
  readonly result: string;
  readonly changed?: boolean;
  readonly generation?: number;
}

/** What the supervisor needs of the last status of a worker. */
export type WorkerSnapshot = WorkerStatus;
