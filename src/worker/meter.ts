/** Rates of one stream over the last seconds, from its totals. */
import type { Total, Totals } from './ledger.js';

type Watched = Extract<Total, 'frames' | 'inferred' | 'messages' | 'objects' | 'tracked'>;
type Sample = Readonly<Record<Watched | 'at', number>>;

export interface Rates {
  readonly fps: number;
  readonly inferencesPerSecond: number;
  /** Mean per message. */
  readonly objects: number;
  /** Mean number of tracked objects per message. */
  readonly tracks: number;
}

const WINDOW_MS = 5_000;

export class Meter {
  #samples: Sample[] = [];

  sample(totals: Pick<Totals, Watched>, now: number): void {
    const { frames, inferred, messages, objects, tracked } = totals;
    this.#samples.push({ at: now, frames, inferred, messages, objects, tracked });
    // One sample older than the window stays, so that the window is always covered.
    while ((this.#samples[1]?.at ?? now) <= now - WINDOW_MS) this.#samples.shift();
  }

  rates(): Rates {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (!first || !last || last.at <= first.at)
      return { fps: 0, inferencesPerSecond: 0, objects: 0, tracks: 0 };
    const grown = (name: Watched) => last[name] - first[name];
    const perSecond = (name: Watched) => (grown(name) * 1000) / (last.at - first.at);
    const perMessage = (name: Watched) => (grown('messages') > 0 ? grown(name) / grown('messages') : 0);
    return {
      fps: perSecond('frames'),
      inferencesPerSecond: perSecond('inferred'),
      objects: perMessage('objects'),
      tracks: perMessage('tracked'),
    };
  }
}
