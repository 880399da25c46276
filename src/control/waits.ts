/** Calls that wait hold a place each: there are so many in all, and so many for one caller. */
import { WeirError } from '../spec/error.js';
import type { Actor } from '../supervisor/views.js';

export const MAX_WAITS = 1024;
export const MAX_WAITS_PER_CALLER = 16;

export class Waits {
  readonly #byCaller = new Map<string, number>();
  #total = 0;

  /** Throws RATE_LIMITED where all are taken. */
  async hold<T>({ door, name }: Actor, work: () => Promise<T>): Promise<T> {
    const caller = `${door} ${name}`;
    this.#take(caller);
    try {
      return await work();
    } finally {
      this.#giveBack(caller);
    }
  }

  #take(caller: string): void {
    const own = this.#byCaller.get(caller) ?? 0;
    if (own >= MAX_WAITS_PER_CALLER) throw tooMany(`${own} calls of this caller`);
    if (this.#total >= MAX_WAITS) throw tooMany(`${this.#total} calls`);
    this.#byCaller.set(caller, own + 1);
    this.#total++;
  }

  #giveBack(caller: string): void {
    const left = (this.#byCaller.get(caller) ?? 1) - 1;
    if (left > 0) this.#byCaller.set(caller, left);
    else this.#byCaller.delete(caller);
    this.#total--;
  }
}

function tooMany(seen: string): WeirError {
  return new WeirError('RATE_LIMITED', `${seen} wait already, and more may not`, {
    remedy: 'ask without waitMs, or when one of them has been answered',
  });
}
