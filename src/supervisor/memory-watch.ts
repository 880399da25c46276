/** Replaces a worker that passes its memory limit, while it can still end in order. */
import { BEAT_MS, type Beat } from '../worker/protocol.js';
import type { KeptChild } from './pipeline-keeper.js';

const MIB = 1024 ** 2;

export class MemoryWatch {
  readonly #timer: NodeJS.Timeout;
  #last: Beat | undefined;

  /** `limitMb` may change; `streams`: how many the worker has now, to say how many would fit. */
  constructor(
    child: Pick<KeptChild, 'beat' | 'stop'>,
    limitMb: () => number | undefined,
    streams: () => number,
  ) {
    this.#timer = setInterval(() => {
      const { beat } = child;
      if (!beat || beat === this.#last) return;
      const [rss, before, limit] = [size(beat), size(this.#last), limitMb()];
      this.#last = beat;
      // Twice in a row: a peak of the garbage collector is no leak.
      if (limit === undefined || Math.min(rss, before) <= limit) return;
      this.stop();
      child.stop('memory', tooLarge(rss, limit, streams()));
    }, BEAT_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

function size(beat: Beat | undefined): number {
  return (beat?.rssBytes ?? 0) / MIB;
}

function tooLarge(rss: number, limit: number, streams: number): string {
  const used = `${Math.round(rss)} MiB of memory with ${streams} streams, the limit is ${limit} MiB`;
  const fit = Math.floor((streams * limit) / rss);
  return fit > 0 && fit < streams ? `${used}: about ${fit} would fit` : used;
}
