/** Who has a fault done to them next: the one that was left alone the longest. */
import type { Kind, Victim } from './types.js';

interface Waiting {
  readonly kind: Kind;
  take(victim: Victim): void;
  fail(error: Error): void;
}

export class Victims {
  readonly #free: Victim[];
  #sound: readonly Victim[];
  #waiting: readonly Waiting[] = [];

  constructor(victims: readonly Victim[]) {
    this.#free = [...victims];
    this.#sound = victims;
  }

  /** Waits until one of this kind is free. One whose work fails is not used again. */
  async use<T>(kind: Kind, work: (victim: Victim) => Promise<T>): Promise<T> {
    const victim = await this.#take(kind);
    try {
      const result = await work(victim);
      this.#give(victim);
      return result;
    } catch (error) {
      this.#giveUp(victim);
      throw error;
    }
  }

  #take(kind: Kind): Promise<Victim> {
    const index = this.#free.findIndex((victim) => victim.kind === kind);
    const [free] = index < 0 ? [] : this.#free.splice(index, 1);
    if (free) return Promise.resolve(free);
    return new Promise((take, fail) => {
      this.#waiting = [...this.#waiting, { kind, take, fail }];
      this.#refuse(kind);
    });
  }

  #give(victim: Victim): void {
    const next = this.#waiting.find(({ kind }) => kind === victim.kind);
    this.#waiting = this.#waiting.filter((other) => other !== next);
    if (next) next.take(victim);
    else this.#free.push(victim);
  }

  #giveUp(victim: Victim): void {
    this.#sound = this.#sound.filter((other) => other !== victim);
    this.#refuse(victim.kind);
  }

  #refuse(kind: Kind): void {
    if (this.#sound.some((victim) => victim.kind === kind)) return;
    for (const waiting of this.#waiting.filter((each) => each.kind === kind)) {
      waiting.fail(new Error(`earlier faults have left no camera of kind ${kind}`));
    }
    this.#waiting = this.#waiting.filter((each) => each.kind !== kind);
  }
}
