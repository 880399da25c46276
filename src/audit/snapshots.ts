/** Books at moments, the oldest of which give way: memory is taken once. */
import { BOOK_FIELDS, type Books } from './books.js';

const WIDTH = BOOK_FIELDS.length;

export class Snapshots {
  readonly #times: Float64Array;
  readonly #values: Float64Array;
  #count = 0;

  constructor(readonly capacity: number) {
    this.#times = new Float64Array(capacity);
    this.#values = new Float64Array(capacity * WIDTH);
  }

  /** `at`: milliseconds, never less than the one before. */
  push(at: number, books: Books): void {
    const place = this.#count++ % this.capacity;
    this.#times[place] = at;
    for (const [i, field] of BOOK_FIELDS.entries()) this.#values[place * WIDTH + i] = books[field];
  }

  /** The latest that is not after `at`. */
  before(at: number): { readonly at: number; readonly books: Books } | undefined {
    for (let n = this.#count - 1; n >= Math.max(0, this.#count - this.capacity); n--) {
      const time = this.#times[n % this.capacity] as number;
      if (time <= at) return { at: time, books: this.#read(n % this.capacity) };
    }
    return undefined;
  }

  #read(place: number): Books {
    const entries = BOOK_FIELDS.map((field, i) => [field, this.#values[place * WIDTH + i]]);
    return Object.fromEntries(entries) as Books;
  }
}
