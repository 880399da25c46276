/** The handshake budget of the appliance, of which the workers hold turns. */
import { HandshakeBudget } from '../streams/handshake-budget.js';

export class TurnDesk {
  readonly #budget = new HandshakeBudget();

  /** For one worker; `close()` gives all of its turns back. */
  open(): { ask(turn: number, want: boolean, grant: () => void): void; close(): void } {
    const held = new Map<number, () => void>();
    let closed = false;
    const giveBack = (turn: number): void => {
      held.get(turn)?.();
      held.delete(turn);
    };
    return {
      ask: (turn, want, grant) => {
        giveBack(turn);
        if (want && !closed) held.set(turn, this.#budget.acquire(grant));
      },
      close: () => {
        closed = true;
        [...held.keys()].forEach(giveBack);
      },
    };
  }
}
