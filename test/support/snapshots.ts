/** Pipelines, streams and a device as metrics and health see them, made up. */
import type { EventsStatus } from '../../src/sinks/events/event-sink.js';
import { LATENCY_BUCKETS_MS, LATENCY_STAGES } from '../../src/native/latencies.js';
import type { DeviceSnapshot, PipelineSnapshot, StreamSnapshot } from '../../src/metrics/snapshot.js';

export const NO_DROPS: StreamSnapshot['dropped'] = {
  ...{ encoded: 0, decoded: 0, discarded: 0, ring: 0 },
  ...{ disconnected: 0, slow: 0, refused: 0, unconfirmed: 0 },
};

export function streamSnapshot(id: string, more: Partial<StreamSnapshot> = {}): StreamSnapshot {
  return {
    id,
    state: 'live',
    since: '2026-11-22T20:00:00.000Z',
    epoch: 1,
    attempt: 0,
    troubles: [],
    losses: {},
    incidents: {},
    decoding: { mode: 'all' },
    clock: { source: 'local' },
    fps: 15,
    inferencesPerSecond: 5,
    latencyMs: 40,
    lastFrameAgeMs: 66,
    received: 100,
    receivedBytes: 100_000,
    packets: 800,
    packetsLost: 0,
    undecodable: 0,
    ...{ skipped: 0, keyFrames: 0, unreferenced: 0 },
    decodeErrors: 0,
    frames: 100,
    inferred: 33,
    ...{ shed: 2, silent: 65, framesLeftOut: 2, objectsLeftOut: 5 },
    detections: 60,
    tracked: 50,
    droppedObjects: 1,
    messages: 33,
    published: 33,
    dropped: NO_DROPS,
    ...more,
  };
}

export function eventsStatus(more: Partial<EventsStatus> = {}): EventsStatus {
  return {
    jetstream: { kind: 'ready' },
    ...{ emitted: 5, acknowledged: 4, repeated: 1, suppressed: 2, waiting: 1, spoolBytes: 600 },
    dropped: { full: 0, memory: 0, damaged: 0, refused: 0 },
    consumers: { count: 2, pending: 7 },
    ...more,
  };
}

export function pipelineSnapshot(
  streams: readonly StreamSnapshot[],
  more: Partial<PipelineSnapshot> = {},
): PipelineSnapshot {
  return {
    appliance: 'gate',
    pipeline: 'main',
    provider: 'standin',
    gstreamer: 'GStreamer 1.22.0',
    nats: { kind: 'connected' },
    events: eventsStatus(),
    pipelineCounters: {
      slots: 8,
      batches: 50,
      batchFrames: 100,
      droppedBatches: 0,
      ringDepth: 0,
      detectorBatches: 40,
      detectorMs: 1_600,
    },
    latencies: Object.fromEntries(
      LATENCY_STAGES.map((stage) => [stage, { counts: LATENCY_BUCKETS_MS.map(() => 1).concat(0), sumMs: 7 }]),
    ),
    streams,
    ...more,
  };
}

export function deviceSnapshot(): DeviceSnapshot {
  return {
    gpu: { load: 0.5, hertz: 918e6 },
    memoryBus: { load: 0.25 },
    engines: { nvdec0: { load: 0.4, hertz: 716e6 } },
    memory: { usedBytes: 4e9, sizeBytes: 16e9 },
    swap: { usedBytes: 0, sizeBytes: 8e9 },
    temperatures: { tj: 52.5 },
    rails: { VDD_IN: 12.5 },
  };
}
