/** A stream as the control surface shows it. */
import { redactUri } from '../spec/uri.js';
import type { StreamRow } from '../worker/status.js';
import type { PipelineView, StreamView } from './views.js';
import type { StreamJson } from './worker-streams.js';

export interface ViewInput {
  readonly id: string;
  readonly stream: StreamJson;
  readonly origin: StreamView['origin'];
  readonly pipeline: Pick<PipelineView, 'id' | 'state' | 'since' | 'lastEnd'>;
  readonly quarantine?: { readonly since: string; readonly reason: string } | undefined;
  /** What the worker says of it. */
  readonly row?: StreamRow | undefined;
}

const STILL = {
  troubles: [],
  ...{ fps: 0, inferencesPerSecond: 0, latencyMs: 0, lastFrameAgeMs: -1 },
} as const;

export function streamView(input: ViewInput): StreamView {
  const { id, pipeline, origin, stream } = input;
  return { id, pipeline: pipeline.id, origin, ...condition(input), spec: withoutCredentials(stream) };
}

function condition({
  quarantine,
  row,
  pipeline,
}: ViewInput): Omit<StreamView, 'id' | 'pipeline' | 'origin' | 'spec'> {
  if (quarantine) {
    const { since, reason } = quarantine;
    return { ...STILL, state: 'quarantined', since, message: reason };
  }
  if (row) return live(row);
  const { since, state, lastEnd } = pipeline;
  const why = lastEnd ? `: ${lastEnd.message}` : '';
  // Held back for a trial, or on its way from another pipeline.
  const now =
    state === 'playing' ? `not in pipeline "${pipeline.id}" yet` : `pipeline "${pipeline.id}" is ${state}`;
  return { ...STILL, state: 'pipeline-down', since, message: `${now}${why}` };
}

function live(row: StreamRow): ReturnType<typeof condition> {
  const { state, since, phase, cause, message, retryAt, troubles, format, decoding, clock } = row;
  const { fps, inferencesPerSecond, latencyMs, lastFrameAgeMs } = row;
  return {
    ...{ state, since, troubles },
    ...(phase !== undefined && { phase }),
    ...(cause !== undefined && { cause }),
    ...(message !== undefined && { message }),
    ...(retryAt !== undefined && { retryAt }),
    ...(format && { format }),
    decoding,
    clock,
    ...{ fps, inferencesPerSecond, latencyMs, lastFrameAgeMs },
    counters: counters(row),
  };
}

const COUNTED = [
  ...([
    'epoch',
    'packets',
    'packetsLost',
    'received',
    'receivedBytes',
    'undecodable',
    'skipped',
    'keyFrames',
    'unreferenced',
    'decodeErrors',
  ] as const),
  ...([
    'frames',
    'inferred',
    'shed',
    'detections',
    'tracked',
    'messages',
    'published',
    'droppedObjects',
  ] as const),
];

function counters(row: StreamRow): Record<string, number> {
  const own = COUNTED.map((name) => [name, row[name]] as const);
  const dropped = Object.entries<number>({ ...row.dropped }).map(([place, count]) => [
    `dropped${place.charAt(0).toUpperCase()}${place.slice(1)}`,
    count,
  ]);
  return Object.fromEntries([...own, ...dropped]) as Record<string, number>;
}

/** No URI of a spec holds any; of what else was written there, none is shown. */
function withoutCredentials(value: StreamJson): StreamJson {
  const clean = (each: unknown): unknown => {
    if (typeof each === 'string' && each.includes('://')) return redactUri(each);
    if (typeof each !== 'object' || each === null || Array.isArray(each)) return each;
    return Object.fromEntries(Object.entries(each).map(([key, inner]) => [key, clean(inner)]));
  };
  return clean(value) as StreamJson;
}
