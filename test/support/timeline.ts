/** What an appliance publishes, each message with the moment of its arrival; waits for the next that fits. */
import type { StatusMessage } from '../../src/worker/status.js';
import { type Detections, listen } from './appliance.js';

/** `at` is of `performance.now()` in this process. */
export interface Arrived<T> {
  readonly at: number;
  readonly message: T;
}

export interface Timeline extends AsyncDisposable {
  /** All statuses so far, in order of arrival. */
  readonly statuses: readonly Arrived<StatusMessage>[];
  last(stream: string): Arrived<StatusMessage> | undefined;
  /** Calls back for every detections message; the returned function ends it. */
  onDetections(listener: (arrived: Arrived<Detections>) => void): () => void;
  /** The first status of the stream that arrives, or has arrived, after `after` and fits. */
  status(stream: string, after: number, wanted: Wanted<StatusMessage>): Promise<Arrived<StatusMessage>>;
  /** The first detections message of the stream that arrives from now on and fits. */
  detections(stream: string, wanted: Wanted<Detections>): Promise<Arrived<Detections>>;
}

export interface Wanted<T> {
  /** Said when it does not come. */
  readonly what: string;
  readonly fits?: (message: T) => boolean;
  /** Default 30,000. */
  readonly timeoutMs?: number;
}

type Listener<T> = (arrived: Arrived<T>) => void;

/** Records every message from now on. */
export async function timeline(url: string): Promise<Timeline> {
  const statuses: Arrived<StatusMessage>[] = [];
  const newest = new Map<string, Arrived<StatusMessage>>();
  const onStatus = new Set<Listener<StatusMessage>>();
  const onDetections = new Set<Listener<Detections>>();
  const listening = await listen(url, {
    detections: (message) => {
      const arrived = { at: performance.now(), message };
      for (const listener of onDetections) listener(arrived);
    },
    status: (message) => {
      const arrived = { at: performance.now(), message };
      statuses.push(arrived);
      newest.set(message.stream, arrived);
      for (const listener of onStatus) listener(arrived);
    },
  });
  const seen = (stream: string) => (): string => JSON.stringify(newest.get(stream)?.message ?? 'no status');
  const subscribe = <T>(listeners: Set<Listener<T>>, listener: Listener<T>): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  return {
    statuses,
    last: (stream) => newest.get(stream),
    onDetections: (listener) => subscribe(onDetections, listener),
    status: (stream, after, wanted) => {
      const fits = ({ at, message }: Arrived<StatusMessage>): boolean =>
        at >= after && message.stream === stream && (wanted.fits?.(message) ?? true);
      const past = statuses.slice(firstAfter(statuses, after)).find(fits);
      if (past) return Promise.resolve(past);
      return first(wanted, seen(stream), fits, (listener) => subscribe(onStatus, listener));
    },
    detections: (stream, wanted) => {
      const fits = ({ message }: Arrived<Detections>): boolean =>
        message.stream === stream && (wanted.fits?.(message) ?? true);
      return first(wanted, seen(stream), fits, (listener) => subscribe(onDetections, listener));
    },
    [Symbol.asyncDispose]: () => listening[Symbol.asyncDispose](),
  };
}

/** Index of the first that arrived at `after` or later. */
function firstAfter(all: readonly { readonly at: number }[], after: number): number {
  let index = all.length;
  while (index > 0 && (all[index - 1]?.at ?? 0) >= after) index--;
  return index;
}

function first<T>(
  { what, timeoutMs = 30_000 }: Wanted<T>,
  seen: () => string,
  fits: (arrived: Arrived<T>) => boolean,
  listen: (listener: Listener<T>) => () => void,
): Promise<Arrived<T>> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      clearTimeout(timer);
      ignore();
      act();
    };
    const ignore = listen((arrived) => {
      if (fits(arrived)) settle(() => resolve(arrived));
    });
    const timer = setTimeout(
      () => settle(() => reject(new Error(`waited ${timeoutMs} ms in vain for ${what}; last: ${seen()}`))),
      timeoutMs,
    );
  });
}
