/** Everything a fleet's appliance publishes, as little of it as the books need. */
import { type Detections, listen } from '../appliance.js';
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
  /** By track id: who had it, one entry per stream. */
  readonly tracks: ReadonlyMap<string, readonly Tracked[]>;
  onDetections(listener: (stream: string) => void): () => void;
}

export async function startRecorder(url: string): Promise<Recorder> {
  const seen = new Map<string, Seen[]>();
  const tracks = new Map<string, Tracked[]>();
  const listeners = new Set<(stream: string) => void>();
  const add = (message: Detections): void => {
    const { stream, epoch, frame } = message;
    const time = Date.parse(message.time);
    const list = seen.get(stream) ?? [];
    if (list.length === 0) seen.set(stream, list);
    list.push({ epoch, frame, number: numberIn(message), time });
    for (const { id } of message.objects) if (id !== undefined) track(tracks, id, stream, time);
    for (const listener of listeners) listener(stream);
  };
  const listening = await listen(url, { detections: add, status: () => {} });
  return {
    seen: (stream) => seen.get(stream) ?? [],
    tracks,
    onDetections: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    [Symbol.asyncDispose]: () => listening[Symbol.asyncDispose](),
  };
}

function track(tracks: Map<string, Tracked[]>, id: string, stream: string, time: number): void {
  const owners = tracks.get(id) ?? [];
  if (owners.length === 0) tracks.set(id, owners);
  const last = owners.findLast((owner) => owner.stream === stream);
  if (last) last.to = time;
  else owners.push({ stream, from: time, to: time });
}
