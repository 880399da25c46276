/** What a worker says about itself and its streams. */
import type { Counters } from '../native/counters.js';
import type { DropCause, SinkCounts } from '../sinks/detection-sink.js';
import type { NatsState } from '../sinks/nats-link.js';
import type { Cause } from '../streams/retry.js';
import type { StreamKind, StreamState } from '../streams/stream-state.js';
import type { Rates } from './meter.js';

export interface StreamFormat {
  readonly codec: string;
  readonly width: number;
  readonly height: number;
  /** 0 where the stream does not say. */
  readonly fps: number;
}

/** The message on `<prefix>.<appliance>.<stream>.status`. Times are RFC 3339. */
export interface StatusMessage {
  readonly schema: 'weir.status.v1';
  readonly stream: string;
  readonly state: StreamKind;
  readonly since: string;
  readonly epoch: number;
  /** Failures in a row. */
  readonly attempt: number;
  readonly cause?: Cause;
  readonly message?: string;
  readonly retryAt?: string;
  readonly format?: StreamFormat;
}

/** Frames and messages that ended early, by place. */
export interface Drops extends Record<DropCause, number> {
  /** Access units dropped before the decoder because it fell behind. */
  readonly encoded: number;
  /** Pictures dropped between decoder and mux: the freshest wins. */
  readonly decoded: number;
  /** Thrown away when a connection ended. */
  readonly discarded: number;
  /** Messages lost because this process fell behind. */
  readonly ring: number;
}

export interface StreamRow extends Rates, Omit<StatusMessage, 'schema' | 'stream'> {
  readonly id: string;
  /** From mux to metadata, of the last frame. */
  readonly latencyMs: number;
  /** Totals since the worker started. */
  readonly received: number;
  readonly frames: number;
  readonly inferred: number;
  readonly detections: number;
  readonly tracked: number;
  readonly published: number;
  readonly decodeErrors: number;
  readonly dropped: Drops;
}

export interface WorkerStatus {
  readonly appliance: string;
  readonly pipeline: string;
  readonly provider: string;
  readonly gstreamer: string;
  readonly nats: NatsState;
  readonly streams: readonly StreamRow[];
}

export function statusMessage(stream: string, state: StreamState, format?: StreamFormat): StatusMessage {
  const { kind, since, epoch, attempt, cause, message, retryAt } = state;
  return {
    schema: 'weir.status.v1',
    stream,
    state: kind,
    since: iso(since),
    epoch,
    attempt,
    ...(cause !== undefined && { cause }),
    ...(message !== undefined && { message }),
    ...(retryAt !== undefined && { retryAt: iso(retryAt) }),
    ...(format !== undefined && { format }),
  };
}

export interface RowInput {
  readonly status: StatusMessage;
  readonly slot: number;
  readonly rates: Rates;
  readonly counters: Counters;
  readonly sink: SinkCounts | undefined;
}

export function streamRow({ status, slot, rates, counters, sink }: RowInput): StreamRow {
  const { schema: _, stream, ...state } = status;
  const count = (name: Parameters<Counters['slot']>[1]) => counters.slot(slot, name);
  return {
    id: stream,
    ...state,
    ...rates,
    latencyMs: count('latencyUs') / 1000,
    received: count('received'),
    frames: count('frames'),
    inferred: count('inferred'),
    detections: count('objects'),
    tracked: count('tracked'),
    published: sink?.published ?? 0,
    decodeErrors: count('decodeErrors'),
    dropped: {
      encoded: count('droppedEncoded'),
      decoded: count('droppedDecoded'),
      discarded: count('discarded'),
      ring: count('droppedRing'),
      disconnected: sink?.dropped.disconnected ?? 0,
      slow: sink?.dropped.slow ?? 0,
      refused: sink?.dropped.refused ?? 0,
    },
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
