/** A pipeline as the streams see it, whose calls the test holds and lets go. */
import type { SourceParams } from '../../src/native/types.js';
import type { SourceHost } from '../../src/streams/stream-supervisor.js';

export class FakeSourceHost implements SourceHost {
  readonly calls: string[] = [];
  /** What is in the slots. */
  readonly sources = new Map<number, SourceParams>();
  /** Set to make every further call of that name reject. */
  readonly failures = new Map<'add' | 'remove', Error>();
  #gates: (() => void)[] | undefined;

  async addSource(slot: number, source: SourceParams): Promise<void> {
    await this.#call('add', slot);
    if (this.sources.has(slot)) throw new Error(`slot ${slot} is taken`);
    this.sources.set(slot, source);
  }

  async removeSource(slot: number): Promise<void> {
    await this.#call('remove', slot);
    this.sources.delete(slot);
  }

  /** From now on calls do not end before `open()`. */
  hold(): void {
    this.#gates ??= [];
  }

  open(): void {
    const gates = this.#gates ?? [];
    this.#gates = undefined;
    for (const gate of gates) gate();
  }

  async #call(name: 'add' | 'remove', slot: number): Promise<void> {
    this.calls.push(`${name} ${slot}`);
    const gates = this.#gates;
    if (gates) await new Promise<void>((resolve) => gates.push(resolve));
    const failure = this.failures.get(name);
    if (failure) throw failure;
  }
}

/** Everything that was due as a microtask has happened. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
