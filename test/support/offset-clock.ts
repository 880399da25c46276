/** The system's clock, which a test may push forward: what falls due on the way happens, in order. */
import { type Clock, systemClock } from '../../src/streams/clock.js';

interface Timer {
  readonly at: number;
  readonly callback: () => void;
  cancel: () => void;
}

export class OffsetClock implements Clock {
  /** May be passed on without its clock, like the system clock's. */
  readonly random = Math.random;
  #offset = 0;
  readonly #timers = new Set<Timer>();

  now(): number {
    return systemClock.now() + this.#offset;
  }

  wall(at: number): number {
    return Date.now() + (at - this.now());
  }

  schedule(at: number, callback: () => void): () => void {
    const timer: Timer = { at, callback, cancel: () => {} };
    this.#timers.add(timer);
    this.#arm(timer);
    return () => this.#drop(timer);
  }

  advance(ms: number): void {
    this.#offset += ms;
    const due = [...this.#timers].filter(({ at }) => at <= this.now()).sort((a, b) => a.at - b.at);
    for (const timer of due) this.#fire(timer);
    for (const timer of this.#timers) this.#arm(timer);
  }

  #arm(timer: Timer): void {
    timer.cancel();
    timer.cancel = systemClock.schedule(timer.at - this.#offset, () => this.#fire(timer));
  }

  #drop(timer: Timer): void {
    timer.cancel();
    this.#timers.delete(timer);
  }

  /** One that another has cancelled on the way does not happen. */
  #fire(timer: Timer): void {
    if (!this.#timers.has(timer)) return;
    this.#drop(timer);
    timer.callback();
  }
}
