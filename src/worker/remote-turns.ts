/** Turns of the handshake budget, which the supervisor keeps for all pipelines. */
import type { Turns } from '../streams/handshake-budget.js';

export class RemoteTurns implements Turns {
  readonly #ask: (turn: number, want: boolean) => void;
  readonly #waiting = new Map<number, () => void>();
  #next = 1;

  /** `ask` tells the supervisor that a turn is wanted, or no longer needed. */
  constructor(ask: (turn: number, want: boolean) => void) {
    this.#ask = ask;
  }

  acquire(onGranted: () => void): () => void {
    const turn = this.#next++;
    this.#waiting.set(turn, onGranted);
    this.#ask(turn, true);
    let over = false;
    return () => {
      if (over) return;
      over = true;
      this.#waiting.delete(turn);
      this.#ask(turn, false);
    };
  }

  /** The supervisor's answer; one that comes too late is without effect. */
  granted(turn: number): void {
    const onGranted = this.#waiting.get(turn);
    this.#waiting.delete(turn);
    onGranted?.();
  }
}
