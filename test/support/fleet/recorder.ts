/** Everything a fleet's appliance publishes, as little of it as the books need. */
import { connect } from 'nats';
import type { StatusMessage } from '../../../src/worker/status.js';
import type { Detections } from '../appliance.js';
import type { Seen } from './accounting.js';
import { numberIn } from './number-model.js';

export interface Tracked {
  readonly stream: string;
  /** Of the first and of the last message with this track. */
  readonly from: number;
  to: number;
}

export interface Recorder extends AsyncDisposable {
  /** In order of arrival. */
  seen(stream: string): readonly Seen[];
  /** When the stream's latest detections message came; `performance.now()` of this process. */
  arrived(stream: string): number;
  /** By track id: who had it, one entry per stream. */
  readonly tracks: ReadonlyMap<string, readonly Tracked[]>;
  status(stream: string): StatusMessage | undefined;
  onDetections(listener: (stream: string, epoch: number) => void): () => void;
}

export async function startRecorder(url: string): Promise<Recorder> {
  const nc = await connect({ servers: url });
  const seen = new Map<string, Seen[]>();
  const arrived = new Map<string, number>();
  const tracks = new Map<string, Tracked[]>();
  const statuses = new Map<string, StatusMessage>();
  const listeners = new Set<(stream: string, epoch: number) => void>();

  const onMessage = (message: Detections): void => {
    const { stream, epoch, frame } = message;
    const time = Date.parse(message.time);
    const list = seen.get(stream) ?? [];
    if (list.length === 0) seen.set(stream, list);
    list.push({ epoch, frame, number: numberIn(message), time });
    arrived.set(stream, performance.now());
    for (const { id } of message.objects) if (id !== undefined) track(tracks, id, stream, time);
    for (const listener of listeners) listener(stream, epoch);
  };
  nc.subscribe('weir.>', {
    callback: (error, message) => {
      if (error) throw error;
      if (message.subject.endsWith('.detections')) onMessage(message.json<Detections>());
      else {
        const status = message.json<StatusMessage>();
        statuses.set(status.stream, status);
      }
    },
  });
  await nc.flush();
  return {
    seen: (stream) => seen.get(stream) ?? [],
    arrived: (stream) => arrived.get(stream) ?? Number.NEGATIVE_INFINITY,
    tracks,
    status: (stream) => statuses.get(stream),
    onDetections: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    [Symbol.asyncDispose]: () => nc.close(),
  };
}

function track(tracks: Map<string, Tracked[]>, id: string, stream: string, time: number): void {
  const owners = tracks.get(id) ?? [];
  if (owners.length === 0) tracks.set(id, owners);
  const last = owners.findLast((owner) => owner.stream === stream);
  if (last) last.to = time;
  else owners.push({ stream, from: time, to: time });
}
