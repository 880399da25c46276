/** Who waits for something to change: of a stream, of the log. */

export class News {
  readonly #waiting = new Map<string, Set<() => void>>();

  /** Something about it has changed. */
  tell(id: string): void {
    for (const wake of [...(this.#waiting.get(id) ?? [])]) wake();
  }

  /** Asks anew after each change until the answer is not undefined; undefined when the time is up. */
  async wait<T>(id: string, ms: number, look: () => T | undefined): Promise<T | undefined> {
    const deadline = performance.now() + ms;
    for (;;) {
      const found = look();
      const left = deadline - performance.now();
      if (found !== undefined || left <= 0) return found;
      await this.#change(id, left);
    }
  }

  #change(id: string, ms: number): Promise<void> {
    const waiting = this.#waiting.get(id) ?? new Set();
    this.#waiting.set(id, waiting);
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        waiting.delete(wake);
        if (waiting.size === 0) this.#waiting.delete(id);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      waiting.add(wake);
    });
  }
}
