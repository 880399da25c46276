/** Answers to commands that carry an id: who asks again with the same gets the same, and nothing is done twice. */
import { createHash } from 'node:crypto';
import { WeirError } from '../spec/error.js';

const KEPT_MS = 120_000;
const MAX_KEPT = 1024;

interface Kept {
  readonly digest: string;
  readonly at: number;
  readonly answer: Promise<unknown>;
}

export class RecentAnswers {
  /** By id, the oldest first. */
  readonly #kept = new Map<string, Kept>();
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  get size(): number {
    return this.#kept.size;
  }

  /** Failures are not kept: asked again, it is tried again. Rejects with BAD_REQUEST for another command's id. */
  async once(id: string, command: string, run: () => Promise<unknown>): Promise<unknown> {
    this.#forget();
    const digest = createHash('sha256').update(command).digest('base64');
    const kept = this.#kept.get(id);
    if (kept && kept.digest !== digest)
      throw new WeirError('BAD_REQUEST', 'the request id is that of another command', {
        remedy: 'give each command an id of its own',
      });
    return kept ? kept.answer : this.#keep(id, digest, run());
  }

  async #keep(id: string, digest: string, answer: Promise<unknown>): Promise<unknown> {
    const kept = { digest, answer, at: this.#now() };
    this.#kept.set(id, kept);
    try {
      return await answer;
    } catch (error) {
      if (this.#kept.get(id) === kept) this.#kept.delete(id);
      throw error;
    }
  }

  #forget(): void {
    for (const [id, { at }] of this.#kept) {
      if (this.#kept.size < MAX_KEPT && this.#now() - at < KEPT_MS) return;
      this.#kept.delete(id);
    }
  }
}
