/** Publishes finished messages from the native ring; what cannot go out now is dropped and counted. */
import type { NativeBatch } from '../native/types.js';
import type { NatsLink } from './nats-link.js';

/** `disconnected`: NATS is away. `slow`: it does not keep up. `refused`: the client will not send it (too large). */
export type DropCause = 'disconnected' | 'slow' | 'refused';

export interface SinkCounts {
  published: number;
  publishedBytes: number;
  readonly dropped: Record<DropCause, number>;
}

export interface DetectionSinkOptions {
  readonly link: Pick<NatsLink, 'state' | 'publish' | 'flush'>;
  /** Subject by slot. */
  readonly subjects: readonly string[];
  /** Gives a batch back to the ring. */
  release(id: number): void;
  /** Batches published and not yet flushed. */
  readonly maxBatches?: number;
  readonly maxBytes?: number;
}

/** Numbers per message in `NativeBatch.index`: slot, offset, length, objects. */
const STRIDE = 4;
const MAX_BATCHES = 8;
const MAX_BYTES = 4 * 1024 * 1024;

export class DetectionSink {
  readonly #options: DetectionSinkOptions;
  readonly #counts: readonly SinkCounts[];
  /** Published, not yet covered by a flush. */
  #waiting: NativeBatch[] = [];
  #heldBatches = 0;
  #heldBytes = 0;
  #flushing: Promise<void> | undefined;

  constructor(options: DetectionSinkOptions) {
    this.#options = options;
    this.#counts = options.subjects.map(() => ({
      published: 0,
      publishedBytes: 0,
      dropped: { disconnected: 0, slow: 0, refused: 0 },
    }));
  }

  counts(slot: number): SinkCounts | undefined {
    return this.#counts[slot];
  }

  /** Takes ownership of the batch: it goes back to the ring once NATS has its bytes, or at once when dropped. */
  offer(batch: NativeBatch): void {
    const cause = this.#obstacle(batch);
    if (cause) this.#drop(batch, cause);
    else this.#send(batch);
  }

  /** Resolves when every batch has gone back to the ring. */
  async idle(): Promise<void> {
    await this.#flushing;
  }

  #obstacle(batch: NativeBatch): DropCause | undefined {
    const { link, maxBatches = MAX_BATCHES, maxBytes = MAX_BYTES } = this.#options;
    if (link.state.kind !== 'connected') return 'disconnected';
    const full = this.#heldBatches >= maxBatches || this.#heldBytes + batch.bytes.length > maxBytes;
    return full && this.#heldBatches > 0 ? 'slow' : undefined;
  }

  #send(batch: NativeBatch): void {
    for (let at = 0; at + STRIDE <= batch.index.length; at += STRIDE) this.#publish(batch, at);
    this.#heldBatches++;
    this.#heldBytes += batch.bytes.length;
    this.#waiting.push(batch);
    this.#flushing ??= this.#flush();
  }

  #publish(batch: NativeBatch, at: number): void {
    const { index, bytes } = batch;
    const [slot, offset, length] = [index[at] ?? 0, index[at + 1] ?? 0, index[at + 2] ?? 0];
    const subject = this.#options.subjects[slot];
    const counts = this.#counts[slot];
    if (subject === undefined || counts === undefined) return;
    try {
      this.#options.link.publish(subject, bytes.subarray(offset, offset + length));
      counts.published++;
      counts.publishedBytes += length;
    } catch {
      counts.dropped.refused++;
    }
  }

  #drop(batch: NativeBatch, cause: DropCause): void {
    for (let at = 0; at + STRIDE <= batch.index.length; at += STRIDE) {
      const counts = this.#counts[batch.index[at] ?? 0];
      if (counts) counts.dropped[cause]++;
    }
    this.#options.release(batch.id);
  }

  /** One flush at a time covers everything published before it. */
  async #flush(): Promise<void> {
    while (this.#waiting.length > 0) {
      const covered = this.#waiting;
      this.#waiting = [];
      // A rejected flush means the connection is gone, and with it the client's references to our bytes.
      await this.#options.link.flush().catch(() => undefined);
      for (const batch of covered) {
        this.#heldBatches--;
        this.#heldBytes -= batch.bytes.length;
        this.#options.release(batch.id);
      }
    }
    this.#flushing = undefined;
  }
}
