/** Frames counted by the numbers drawn in their pictures: what was seen, and what is missing between. */
import { BITS } from '../../scripts/model/synthetic-scene.js';

interface Seen {
  readonly objects: readonly { readonly class: number }[];
}

/** The number in the picture a message is about; `firstClass`: of the bits, by default those of `synthetic`. */
export function pictureNumber({ objects }: Seen, firstClass: number = BITS.firstClass): number {
  const bits = objects.map(({ class: id }) => id - firstClass).filter((bit) => bit >= 0 && bit < BITS.count);
  return bits.reduce((sum, bit) => sum + 2 ** bit, 0);
}

/** Counts the frames of one camera that plays a scene of `length` frames, first number `first`, again and again. */
export class FrameCount {
  /** Frames seen. */
  seen = 0;
  /** Frames missing between the first and the last that was seen. */
  lost = 0;
  /** Pictures that are not of this scene. */
  foreign = 0;
  readonly #first: number;
  readonly #length: number;
  #last: number | undefined;

  constructor(first: number, length: number) {
    this.#first = first;
    this.#length = length;
  }

  add(number: number): void {
    const place = number - this.#first;
    if (place < 0 || place >= this.#length) {
      this.foreign++;
      return;
    }
    this.seen++;
    if (this.#last !== undefined) this.lost += (place - this.#last - 1 + this.#length) % this.#length;
    this.#last = place;
  }
}
