/** Every value a label may have, besides ids of streams and pipelines and names of sensors: nothing else makes a series. */
import { ENGINES } from '../device/reading.js';
import type { JetStreamState } from '../sinks/events/event-outbox.js';
import { EVENT_DROPS } from '../sinks/events/event-sink.js';
import { JETSTREAM_PROBLEMS } from '../sinks/events/problems.js';
import { LATENCY_BUCKETS_MS, LATENCY_STAGES } from '../native/latencies.js';
import { DECODE_MODES } from '../spec/decode.js';
import type { NatsState } from '../sinks/nats-link.js';
import { CAUSES } from '../streams/retry.js';
import { INCIDENTS, PHASES, STREAM_KINDS, TROUBLES } from '../streams/stream-types.js';
import { DROPS } from './drops.js';
import { PIPELINE_STATES, WORKER_ENDS } from './process-states.js';

export {
  CAUSES,
  DECODE_MODES,
  EVENT_DROPS,
  INCIDENTS,
  JETSTREAM_PROBLEMS,
  PHASES,
  PIPELINE_STATES,
  STREAM_KINDS,
  TROUBLES,
  WORKER_ENDS,
};

export const NATS_STATES = [
  'connecting',
  'connected',
  'stalled',
  'disconnected',
  'failed',
  'closed',
] as const satisfies readonly NatsState['kind'][];

export const JETSTREAM_STATES = [
  'waiting',
  'checking',
  'ready',
  'refused',
] as const satisfies readonly JetStreamState['kind'][];
export const CLOCK_SOURCES = ['rtcp', 'local'] as const;

/** By metric and label, for the reference page and the alert rules. */
export const LABEL_VALUES: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  weir_pipeline_state: { state: PIPELINE_STATES },
  weir_pipeline_restarts_total: { reason: WORKER_ENDS },
  weir_pipeline_slots: { state: ['used', 'free'] },
  weir_nats_state: { state: NATS_STATES },
  weir_jetstream_state: { state: JETSTREAM_STATES },
  weir_jetstream_problem: { problem: JETSTREAM_PROBLEMS },
  weir_events_dropped_total: { cause: EVENT_DROPS },
  weir_stream_state: { state: STREAM_KINDS },
  weir_stream_phase: { phase: PHASES },
  weir_pipeline_latency_seconds: {
    stage: LATENCY_STAGES,
    le: [...LATENCY_BUCKETS_MS.map((ms) => String(ms / 1000)), '+Inf'],
  },
  weir_stream_clock: { source: CLOCK_SOURCES },
  weir_stream_decode_mode: { mode: DECODE_MODES },
  weir_stream_trouble: { kind: TROUBLES },
  weir_stream_connection_losses_total: { cause: CAUSES },
  weir_stream_incidents_total: { kind: INCIDENTS },
  weir_stream_dropped_total: {
    place: [...new Set(DROPS.map(({ place }) => place))],
    cause: [...new Set(DROPS.map(({ cause }) => cause))],
  },
  weir_device_engine_load_ratio: { engine: ENGINES },
  weir_device_engine_clock_hertz: { engine: ENGINES },
};
