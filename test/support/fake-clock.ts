/** Time that stands still until a test moves it. */
import type { Clock } from '../../src/streams/clock.js';

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

export class FakeClock implements Clock {
  /** What the system's clock is ahead of `now()`; a test may make it jump. */
  wallOffset = 0;
  /** May be passed on without its clock, like the system clock's. */
  readonly random: () => number;
  #now: number;
  readonly #timers = new Set<Timer>();

  constructor(now = 1_000_000, random = () => 0.5) {
    this.#now = now;
    this.random = random;
  }

  now(): number {
    return this.#now;
  }

  wall(at: number): number {
    return at + this.wallOffset;
  }

  schedule(at: number, callback: () => void): () => void {
    const timer = { at, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** When the next callback is due. */
  get due(): number | undefined {
    return this.#next()?.at;
  }

  /** Callbacks that are still to come. */
  get scheduled(): number {
    return this.#timers.size;
  }

  /** Runs what falls due, in order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let timer = this.#next(); timer && timer.at <= end; timer = this.#next()) {
      this.#timers.delete(timer);
      this.#now = Math.max(this.#now, timer.at);
      timer.callback();
    }
    this.#now = end;
  }

  /** The earliest; of several at once, the one scheduled first. */
  #next(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) if (!next || timer.at < next.at) next = timer;
    return next;
  }
}
