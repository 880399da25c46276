/** What a worker says about itself and its streams: plain data. */
import type { Counters } from '../native/counters.js';
import type { HistogramReading, LatencyStage } from '../native/latencies.js';
import { CLOCK_ABSURD, CLOCK_BELIEVED } from '../streams/camera-clock.js';
import type { DropCause, SinkCounts } from '../sinks/detection-sink.js';
import type { EventsStatus } from '../sinks/events/event-sink.js';
import type { NatsState } from '../sinks/nats-link.js';
import type { Clock } from '../streams/clock.js';
import type { DecodeDecision } from '../spec/decode.js';
import type { UnitMeasure } from '../streams/key-frames.js';
import type { Cause } from '../streams/retry.js';
import type { StreamSupervisor } from '../streams/stream-supervisor.js';
import type { Incident, Next, Phase, StreamKind, StreamState, TroubleKind } from '../streams/stream-types.js';
import type { Ledger, Totals } from './ledger.js';
import type { Rates } from './meter.js';

export interface StreamFormat {
  readonly codec: string;
  readonly width: number;
  readonly height: number;
  /** 0 where the stream does not say. */
  readonly fps: number;
}

/** What is wrong with a connection that goes on. */
export interface TroubleRow {
  readonly kind: TroubleKind;
  readonly since: string;
  readonly message: string;
}

/** What happens next unless the camera does something before. */
export interface NextRow {
  readonly action: Next['action'];
  readonly at: string;
}

/** Causes that a supervisor tells, of streams that have no worker. */
export const DOWN_CAUSES = [
  'pipeline', // the process of its pipeline ended
  'quarantine', // it ended that process again and again
] as const;

/** The message on `<prefix>.<appliance>.<stream>.status`. Times are RFC 3339. */
export interface StatusMessage {
  readonly schema: 'weir.status.v1';
  readonly stream: string;
  readonly state: StreamKind;
  readonly since: string;
  /** How far a connection has come. */
  readonly phase?: Phase;
  readonly epoch: number;
  /** Failures in a row. */
  readonly attempt: number;
  readonly cause?: Cause;
  readonly message?: string;
  readonly retryAt?: string;
  readonly next?: NextRow;
  readonly troubles: readonly TroubleRow[];
  readonly format?: StreamFormat;
  /** Connections that ended, and things that happened, since the stream was added; without zeros. */
  readonly losses: Partial<Readonly<Record<Cause, number>>>;
  readonly incidents: Partial<Readonly<Record<Incident, number>>>;
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

/** What a supervisor says of a stream that has no worker. */
export interface DownMessage extends Omit<StatusMessage, 'cause'> {
  readonly cause?: (typeof DOWN_CAUSES)[number];
}

/** Which access units of a stream are decoded, and why. */
export interface DecodingRow extends DecodeDecision, UnitMeasure {}

/** A camera's clock, by its sender reports. */
export interface ClockRow {
  /** What messages tell: `rtcp` the camera's time as it is, `local` this machine's. */
  readonly source: 'local' | 'rtcp';
  /** How far it is behind ours, seconds; absent before the first report of a connection. */
  readonly skewSeconds?: number;
}

/** Totals are the stream's own, since it was added. */
export interface StreamRow extends Rates, Omit<StatusMessage, 'schema' | 'stream'> {
  readonly id: string;
  readonly slot: number;
  /** When it took the slot, RFC 3339: its totals count from then on. */
  readonly added: string;
  readonly losses: Readonly<Record<Cause, number>>;
  readonly incidents: Readonly<Record<Incident, number>>;
  readonly decoding: DecodingRow;
  readonly clock: ClockRow;
  /** From mux to metadata, of the last frame. */
  readonly latencyMs: number;
  /** -1 before the first frame. */
  readonly lastFrameAgeMs: number;
  /** RTP packets, and gaps in their numbers. */
  readonly packets: number;
  readonly packetsLost: number;
  /** Access units. */
  readonly received: number;
  readonly receivedBytes: number;
  readonly undecodable: number;
  /** Left out as the spec asks. */
  readonly skipped: number;
  readonly keyFrames: number;
  /** No other access unit is decoded with them. */
  readonly unreferenced: number;
  /** Pictures that went on to inference. */
  readonly muxed: number;
  readonly frames: number;
  readonly inferred: number;
  /** Frames that were due for the detector and passed it because there was no time. */
  readonly shed: number;
  readonly detections: number;
  readonly tracked: number;
  readonly messages: number;
  /** Frames that owe no message: not inferred, and nothing tracked in them. */
  readonly silent: number;
  /** Frames whose message the spec asks to leave out, and objects it asks to leave out of messages. */
  readonly framesLeftOut: number;
  readonly objectsLeftOut: number;
  /** Messages taken out of the ring; of these, those sent of which the server has not said that it has them. */
  readonly offered: number;
  readonly waiting: number;
  /** Messages the server has. */
  readonly published: number;
  readonly decodeErrors: number;
  /** Objects left out of a message: box not finite or outside the picture. */
  readonly droppedObjects: number;
  readonly dropped: Drops;
}

/** Of the pipeline as a whole, since it started. */
export interface PipelineTotals {
  readonly slots: number;
  readonly batches: number;
  readonly batchFrames: number;
  readonly droppedBatches: number;
  /** Batches that wait for JavaScript or NATS. */
  readonly ringDepth: number;
  readonly detectorBatches: number;
  readonly detectorMs: number;
}

export interface WorkerStatus {
  /** Of the worker's process. */
  readonly pid: number;
  readonly appliance: string;
  readonly pipeline: string;
  readonly provider: string;
  readonly gstreamer: string;
  readonly nats: NatsState;
  readonly events: EventsStatus;
  readonly pipelineCounters: PipelineTotals;
  /** By stage, since the pipeline started. */
  readonly latencies: Readonly<Record<LatencyStage, HistogramReading>>;
  readonly streams: readonly StreamRow[];
}

/** What of a supervisor is told. */
export type Told = Pick<StreamSupervisor, 'id' | 'state' | 'losses' | 'incidents'>;

export interface StatusContext {
  readonly clock: Pick<Clock, 'wall'>;
  readonly format?: StreamFormat | undefined;
  /** Takes credentials out. */
  clean?(text: string): string;
}

/** Times are those of the system's clock at this moment. */
export function statusMessage({ id, state, losses, incidents }: Told, context: StatusContext): StatusMessage {
  const { kind, epoch, attempt, phase, cause } = state;
  return {
    schema: 'weir.status.v1',
    stream: id,
    state: kind,
    since: iso(context.clock.wall(state.since)),
    ...(phase !== undefined && { phase }),
    epoch,
    attempt,
    ...(cause !== undefined && { cause }),
    ...texts(state, context),
    ...(context.format !== undefined && { format: context.format }),
    losses: withoutZeros(losses),
    incidents: withoutZeros(incidents),
  };
}

function texts(state: StreamState, { clock, clean = (text) => text }: StatusContext) {
  const { message, retryAt, next, troubles } = state;
  const time = (at: number) => iso(clock.wall(at));
  return {
    ...(message !== undefined && { message: clean(message) }),
    ...(retryAt !== undefined && { retryAt: time(retryAt) }),
    ...(next !== undefined && { next: { action: next.action, at: time(next.at) } }),
    troubles: troubles.map((t) => ({ kind: t.kind, since: time(t.since), message: clean(t.message) })),
  };
}

export interface RowInput {
  readonly stream: Told & Pick<StreamSupervisor, 'slot'>;
  readonly context: StatusContext;
  readonly added: string;
  readonly rates: Rates;
  readonly ledger: Pick<Ledger, 'totals' | 'gauge'>;
  readonly sink: SinkCounts;
  readonly decoding: DecodingRow;
}

export function streamRow({ stream, context, added, rates, ledger, sink, decoding }: RowInput): StreamRow {
  const { schema: _, stream: id, ...state } = statusMessage(stream, context);
  const totals = ledger.totals();
  const { packets, packetsLost, received, receivedBytes, undecodable, skipped, decodeErrors } = totals;
  const { keyFrames, unreferenced, muxed, frames, inferred, shed, silent } = totals;
  const { framesLeftOut, objects: detections, tracked, objectsLeftOut, droppedObjects, messages } = totals;
  return {
    id,
    ...{ slot: stream.slot, added },
    ...state,
    ...rates,
    losses: { ...stream.losses },
    incidents: { ...stream.incidents },
    decoding,
    clock: clockRow(ledger),
    latencyMs: Math.max(0, ledger.gauge('latencyUs')) / 1000,
    lastFrameAgeMs: ledger.gauge('lastFrameAgeMs'),
    ...{ packets, packetsLost, received, receivedBytes, undecodable, skipped, decodeErrors, keyFrames },
    ...{ unreferenced, muxed, frames, inferred, shed, silent, framesLeftOut },
    ...{ detections, tracked, objectsLeftOut, messages, droppedObjects },
    ...{ offered: sink.offered, waiting: sink.waiting, published: sink.published },
    dropped: drops(totals, sink),
  };
}

export function clockRow(ledger: Pick<Ledger, 'gauge'>): ClockRow {
  const state = ledger.gauge('clockState');
  const known = state === CLOCK_BELIEVED || state === CLOCK_ABSURD;
  return {
    source: state === CLOCK_BELIEVED ? 'rtcp' : 'local',
    ...(known && { skewSeconds: ledger.gauge('clockOffsetUs') / 1e6 }),
  };
}

function drops(totals: Totals, sink: SinkCounts): Drops {
  const { droppedEncoded: encoded, droppedDecoded: decoded, discarded, droppedRing: ring } = totals;
  return { encoded, decoded, discarded, ring, ...sink.dropped };
}

export function pipelineTotals(counters: Counters): PipelineTotals {
  return {
    slots: counters.slots,
    batches: counters.pipeline('batches'),
    batchFrames: counters.pipeline('batchFrames'),
    droppedBatches: counters.pipeline('droppedBatches'),
    ringDepth: counters.pipeline('ringDepth'),
    detectorBatches: counters.pipeline('detectorBatches'),
    detectorMs: counters.pipeline('detectorUs') / 1000,
  };
}

function withoutZeros<K extends string>(counts: Readonly<Record<K, number>>): Partial<Record<K, number>> {
  const some = Object.entries<number>(counts).filter(([, count]) => count > 0);
  return Object.fromEntries(some) as Partial<Record<K, number>>;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
