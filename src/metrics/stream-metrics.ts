/** Metrics of a stream. Totals are the stream's own: they go on over reconnects, and begin at 0 when it is added. */
import { countedBy, type Definition, oneOf, perStream } from './definition.js';
import { dropSamples } from './drops.js';
import { CAUSES, CLOCK_SOURCES, DECODE_MODES, INCIDENTS, PHASES, STREAM_KINDS, TROUBLES } from './labels.js';
import type { StreamSnapshot } from './snapshot.js';

const gauge = (
  name: string,
  help: string,
  read: (stream: StreamSnapshot) => number | undefined,
): Definition => perStream({ name: `weir_stream_${name}`, type: 'gauge', help }, read);

const total = (name: string, help: string, read: (stream: StreamSnapshot) => number): Definition =>
  perStream({ name: `weir_stream_${name}_total`, type: 'counter', help }, read);

export const STREAM_METRICS: readonly Definition[] = [
  perStream(
    {
      name: 'weir_stream_state',
      type: 'gauge',
      labels: ['state'],
      help: '1 for the state the stream is in, 0 for the others.',
    },
    (s) => oneOf('state', STREAM_KINDS, (state) => state === s.state),
  ),
  perStream(
    {
      name: 'weir_stream_phase',
      type: 'gauge',
      labels: ['phase'],
      help: '1 for how far a connecting stream has come; all are 0 in other states.',
    },
    (s) => oneOf('phase', PHASES, (phase) => phase === s.phase),
  ),
  perStream(
    {
      name: 'weir_stream_trouble',
      type: 'gauge',
      labels: ['kind'],
      help: '1 while the stream has this trouble. Troubles do not end the connection.',
    },
    (s) => oneOf('kind', TROUBLES, (kind) => s.troubles.some((trouble) => trouble.kind === kind)),
  ),
  gauge(
    'state_start_time_seconds',
    'When the state was entered, in seconds since 1970.',
    (s) => Date.parse(s.since) / 1000,
  ),
  gauge('consecutive_failures', 'Connections in a row that failed.', (s) => s.attempt),
  total('connections', 'Connections begun.', (s) => s.epoch),
  perStream(
    {
      name: 'weir_stream_connection_losses_total',
      type: 'counter',
      labels: ['cause'],
      help: 'Connections that ended or did not come about, by cause.',
    },
    (s) => countedBy('cause', CAUSES, s.losses),
  ),
  perStream(
    {
      name: 'weir_stream_incidents_total',
      type: 'counter',
      labels: ['kind'],
      help: 'Events that ended nothing, by kind.',
    },
    (s) => countedBy('kind', INCIDENTS, s.incidents),
  ),
  gauge('frames_per_second', 'Frames analysed, over the last 5 seconds.', (s) => s.fps),
  gauge('inferences_per_second', 'Frames inferred, over the last 5 seconds.', (s) => s.inferencesPerSecond),
  gauge(
    'last_frame_age_seconds',
    'Time since the last frame passed the pipeline; no series before the first.',
    (s) => (s.lastFrameAgeMs < 0 ? undefined : s.lastFrameAgeMs / 1000),
  ),
  gauge('latency_seconds', 'From the arrival at the mux to finished metadata, of the last frame.', (s) =>
    s.lastFrameAgeMs < 0 ? undefined : s.latencyMs / 1000,
  ),
  gauge(
    'clock_skew_seconds',
    "How far the camera's clock is behind ours, by its sender reports; no series without one.",
    (s) => s.clock.skewSeconds,
  ),
  perStream(
    {
      name: 'weir_stream_clock',
      type: 'gauge',
      labels: ['source'],
      help: "1 for whose time messages tell: the camera's by its sender reports (rtcp), or this machine's (local).",
    },
    (s) => oneOf('source', CLOCK_SOURCES, (source) => source === s.clock.source),
  ),
  gauge('width_pixels', "Width of the camera's picture, once it is known.", (s) => s.format?.width),
  gauge('height_pixels', "Height of the camera's picture, once it is known.", (s) => s.format?.height),
  total('rtp_packets', 'RTP packets that left the jitter buffer; 0 for files.', (s) => s.packets),
  total(
    'rtp_packets_lost',
    'RTP packets missing, by the gaps in their sequence numbers.',
    (s) => s.packetsLost,
  ),
  total('received', 'Access units (encoded pictures) received.', (s) => s.received),
  total('received_bytes', 'Bytes in the access units received.', (s) => s.receivedBytes),
  total(
    'skipped',
    'Access units and pictures left out as the spec asks: by `decode`, and those above maxFps.',
    (s) => s.skipped,
  ),
  perStream(
    {
      name: 'weir_stream_decode_mode',
      type: 'gauge',
      labels: ['mode'],
      help: '1 for what is decoded of the stream now, 0 for the others; `decode: auto` changes it.',
    },
    (s) => oneOf('mode', DECODE_MODES, (mode) => mode === s.decoding.mode),
  ),
  total('key_frames', 'Key frames received.', (s) => s.keyFrames),
  gauge(
    'key_frame_interval_seconds',
    'Between key frames, the longest of the last four; no series before the second.',
    (s) => s.decoding.keyFrameSeconds,
  ),
  total(
    'unreferenced',
    'Access units received that no other is decoded with: what `decode: reference` leaves out.',
    (s) => s.unreferenced,
  ),
  total('frames', 'Frames that passed the whole pipeline.', (s) => s.frames),
  total('inferred_frames', 'Frames the detector has seen.', (s) => s.inferred),
  total(
    'shed_frames',
    'Frames that were due for the detector and passed it because there was no time; they were tracked.',
    (s) => s.shed,
  ),
  total('silent_frames', 'Frames without a message: neither inferred nor tracked.', (s) => s.silent),
  total(
    'left_out_frames',
    'Frames without a message because the spec asks for fewer: `every`, `onChange`.',
    (s) => s.framesLeftOut,
  ),
  total('objects', 'Objects in messages.', (s) => s.detections),
  total(
    'left_out_objects',
    'Objects the spec leaves out of messages: `classes`, `minConfidence`, `trackedOnly`.',
    (s) => s.objectsLeftOut,
  ),
  total('tracked_objects', 'Objects in messages that have a track id.', (s) => s.tracked),
  total(
    'dropped_objects',
    'Objects left out of messages: box not finite or outside the picture.',
    (s) => s.droppedObjects,
  ),
  total(
    'messages',
    'Messages owed: one per frame inferred or tracked that is not left out.',
    (s) => s.messages,
  ),
  total('published_messages', 'Messages NATS has confirmed.', (s) => s.published),
  perStream(
    {
      name: 'weir_stream_dropped_total',
      type: 'counter',
      labels: ['place', 'cause'],
      help: 'What ended early, by place and cause: packets, access units, pictures or messages.',
    },
    dropSamples,
  ),
];
