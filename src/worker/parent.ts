/** A worker's end of the channel to the supervisor that forked it. */
import type { FromWorker, ToWorker } from './protocol.js';

/** Messages the supervisor has not taken. One that is stopped must not fill this process's memory. */
const MAX_PENDING = 1000;

export class Parent {
  #pending = 0;

  /** Lost where the supervisor is gone or has stopped reading. */
  send(message: FromWorker): void {
    if (!process.connected || this.#pending >= MAX_PENDING) return;
    this.#pending++;
    process.send?.(message, undefined, undefined, () => this.#pending--);
  }

  /** Resolves when it has been taken, or nobody is there to take it. */
  async last(message: FromWorker): Promise<void> {
    if (!process.connected) return;
    await new Promise<void>((resolve) => process.send?.(message, undefined, undefined, () => resolve()));
  }

  on<T extends ToWorker['type']>(type: T, handle: (message: Extract<ToWorker, { type: T }>) => void): void {
    process.on('message', (message: ToWorker) => {
      if (message.type === type) handle(message as Extract<ToWorker, { type: T }>);
    });
  }

  /** Resolves when the supervisor is gone, however it went. */
  readonly gone = new Promise<void>((resolve) => {
    process.once('disconnect', () => resolve());
    // It may have gone before anything here was loaded.
    if (!process.connected) resolve();
  });
}
