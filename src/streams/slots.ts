/** The places of a pipeline. The lowest free one is taken; who finds none waits for one that is given back. */

interface Waiting {
  resolve(slot: number | undefined): void;
  reject(error: Error): void;
}

export class Slots {
  readonly #taken: boolean[];
  /** In order of asking. */
  readonly #waiting = new Set<Waiting>();
  #closed: Error | undefined;

  constructor(count: number) {
    this.#taken = new Array<boolean>(count).fill(false);
  }

  get count(): number {
    return this.#taken.length;
  }

  get free(): number {
    return this.#taken.filter((taken) => !taken).length;
  }

  /** Undefined where the wish was withdrawn while it waited. */
  async take(withdrawn: AbortSignal): Promise<number | undefined> {
    if (this.#closed) throw this.#closed;
    const slot = this.#taken.indexOf(false);
    if (slot < 0) return this.#wait(withdrawn);
    this.#taken[slot] = true;
    return slot;
  }

  /** It goes to who has waited longest. */
  give(slot: number): void {
    const [next] = this.#waiting;
    if (!next) {
      this.#taken[slot] = false;
      return;
    }
    this.#waiting.delete(next);
    next.resolve(slot);
  }

  /** Whoever waits, or asks from now on, is refused. */
  close(error: Error): void {
    this.#closed ??= error;
    for (const { reject } of this.#waiting) reject(this.#closed);
    this.#waiting.clear();
  }

  #wait(withdrawn: AbortSignal): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      const waiting = { resolve, reject };
      this.#waiting.add(waiting);
      const withdraw = () => {
        if (this.#waiting.delete(waiting)) resolve(undefined);
      };
      withdrawn.addEventListener('abort', withdraw, { once: true });
    });
  }
}
