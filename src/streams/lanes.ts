/** Jobs with one key run one after the other, in order of asking; jobs with different keys do not wait for each other. */
export class Lanes {
  readonly #tails = new Map<string, Promise<void>>();

  /** A job begins at once where none is before it. */
  run<T>(key: string, job: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key);
    const result = before ? before.then(job) : started(job);
    const tail = result.then(nothing, nothing).then(() => {
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    });
    this.#tails.set(key, tail);
    return result;
  }

  /** Keys with jobs under way. */
  get size(): number {
    return this.#tails.size;
  }
}

function nothing(): void {}

async function started<T>(job: () => Promise<T>): Promise<T> {
  return job();
}
