/** Rates of one stream over the last seconds, from the native counters. */
import type { Counters } from '../native/counters.js';
import type { SlotCounter } from '../native/types.js';

const WATCHED = [
  'frames',
  'inferred',
  'messages',
  'objects',
  'tracked',
] as const satisfies readonly SlotCounter[];
type Watched = (typeof WATCHED)[number];
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

  sample(counters: Counters, slot: number, now: number): void {
    const taken = { at: now } as Record<Watched | 'at', number>;
    for (const name of WATCHED) taken[name] = counters.slot(slot, name);
    this.#samples.push(taken);
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
