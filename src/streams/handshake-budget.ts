/** At most so many connections are being made at once, however many cameras come back together. */

/** Where turns are asked for; see `HandshakeBudget.acquire`. */
export interface Turns {
  acquire(onGranted: () => void): () => void;
}

interface Turn {
  granted: boolean;
  readonly onGranted: () => void;
}

export class HandshakeBudget implements Turns {
  readonly #limit: number;
  /** In order of asking: the failures of those that had their turn put nobody back. */
  readonly #waiting = new Set<Turn>();
  #busy = 0;

  constructor(limit = 5) {
    this.#limit = limit;
  }

  /** Turns being held. */
  get busy(): number {
    return this.#busy;
  }

  /** Those that wait for one. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Calls `onGranted` when it is this caller's turn, in order of asking and never from within a call to the budget:
   * when all streams stop at once, none is granted a turn on the way.
   * The returned function gives the turn back, or withdraws the request; it is idempotent.
   */
  acquire(onGranted: () => void): () => void {
    const turn: Turn = { granted: false, onGranted };
    this.#waiting.add(turn);
    queueMicrotask(() => this.#grant());
    let over = false;
    return () => {
      if (over) return;
      over = true;
      this.#waiting.delete(turn);
      if (!turn.granted) return;
      this.#busy--;
      queueMicrotask(() => this.#grant());
    };
  }

  #grant(): void {
    for (const turn of this.#waiting) {
      if (this.#busy >= this.#limit) return;
      this.#waiting.delete(turn);
      this.#busy++;
      turn.granted = true;
      turn.onGranted();
    }
  }
}
