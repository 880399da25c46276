/** Who looks at a stream's decoded pictures: one that is asked for now and then is no viewer, one after the other is. */

const WATCHING_MS = 5_000;

export class Viewers {
  #last = -Infinity;
  #before = -Infinity;

  /** Somebody asks for a picture. */
  asked(now: number): void {
    this.#before = this.#last;
    this.#last = now;
  }

  watch(now: number): boolean {
    return now - this.#before < WATCHING_MS;
  }
}
