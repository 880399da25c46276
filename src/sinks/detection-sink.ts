/** Publishes finished messages from the native ring; what cannot go out now is dropped and counted. */
import { type DetectionListener, DetectionView } from '../messages/view.js';
import { INDEX_STRIDE, type NativeBatch } from '../native/types.js';
import type { NatsLink } from './nats-link.js';

/**
 * `disconnected`: NATS is away. `slow`: it does not keep up. `refused`: the client will not send it (too large).
 * `unconfirmed`: sent, but the connection went before the server said that it has it; it may have come all the same.
 */
export type DropCause = 'disconnected' | 'slow' | 'refused' | 'unconfirmed';

/** `offered` = `published` + `waiting` + all of `dropped`, at any time. */
export interface SinkCounts {
  /** Taken out of the ring. */
  offered: number;
  /** Sent, and not known yet whether the server has it. */
  waiting: number;
  /** The server has it. */
  published: number;
  readonly dropped: Record<DropCause, number>;
}

export interface DetectionSinkOptions {
  readonly link: Pick<NatsLink, 'state' | 'publish' | 'flush'>;
  /** Gives a batch back to the ring. */
  release(id: number): void;
  /** Told of a batch that NATS has taken. */
  flushed?(batch: NativeBatch): void;
  /** Batches published and not yet flushed. */
  readonly maxBatches?: number;
  readonly maxBytes?: number;
}

/** Whose messages carry a token: a source that has left may still have some in the ring. */
interface Owner {
  readonly subject: string;
  readonly counts: SinkCounts;
  retired: boolean;
}

/** A batch whose messages were sent, and those who count them: one owner per message that was not refused. */
interface Sent {
  readonly batch: NativeBatch;
  readonly owners: readonly Owner[];
}

const MAX_BATCHES = 8;
const MAX_BYTES = 4 * 1024 * 1024;

export class DetectionSink {
  readonly #options: DetectionSinkOptions;
  readonly #owners = new Map<number, Owner>();
  /** Published, not yet covered by a flush. */
  #waiting: Sent[] = [];
  #heldBatches = 0;
  #heldBytes = 0;
  readonly #listeners = new Set<DetectionListener>();
  #flushing: Promise<void> | undefined;

  /** Messages whose token nobody has: never published, as nobody knows under which name. */
  strays = 0;

  constructor(options: DetectionSinkOptions) {
    this.#options = options;
  }

  /** Messages with this token go out on `subject`; the result is counted up from now on. */
  admit(token: number, subject: string): SinkCounts {
    const dropped = { disconnected: 0, slow: 0, refused: 0, unconfirmed: 0 };
    const counts: SinkCounts = { offered: 0, waiting: 0, published: 0, dropped };
    this.#owners.set(token, { subject, counts, retired: false });
    return counts;
  }

  /** The source is gone and adds nothing to the ring; what it has there still goes out under its name. */
  retire(token: number): void {
    const owner = this.#owners.get(token);
    if (owner) owner.retired = true;
  }

  /** The ring was seen empty: of those retired before nothing can come any more. */
  drained(): void {
    for (const [token, { retired }] of this.#owners) if (retired) this.#owners.delete(token);
  }

  /** Tokens remembered. */
  get size(): number {
    return this.#owners.size;
  }

  /** Told of every message, whatever becomes of it on NATS. Returns the undo. */
  subscribe(listener: DetectionListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /**
   * Takes ownership of the batch: it goes back to the ring once NATS has its bytes, or at once when dropped. Throws
   * what a listener throws; the batch takes its way all the same.
   */
  offer(batch: NativeBatch): void {
    try {
      if (this.#listeners.size > 0) this.#show(batch);
    } finally {
      this.#deliver(batch);
    }
  }

  #deliver(batch: NativeBatch): void {
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
    if (link.state.kind === 'stalled') return 'slow';
    if (link.state.kind !== 'connected') return 'disconnected';
    const full = this.#heldBatches >= maxBatches || this.#heldBytes + batch.bytes.length > maxBytes;
    return full && this.#heldBatches > 0 ? 'slow' : undefined;
  }

  #send(batch: NativeBatch): void {
    const { index } = batch;
    const owners: Owner[] = [];
    for (let at = 0; at + INDEX_STRIDE <= index.length; at += INDEX_STRIDE) this.#publish(batch, at, owners);
    this.#heldBatches++;
    this.#heldBytes += batch.bytes.length;
    this.#waiting.push({ batch, owners });
    this.#flushing ??= this.#flush();
  }

  #publish(batch: NativeBatch, at: number, owners: Owner[]): void {
    const owner = this.#owner(batch, at);
    if (!owner) return this.#stray();
    owner.counts.offered++;
    try {
      this.#options.link.publish(owner.subject, bytesOf(batch, at));
      owner.counts.waiting++;
      owners.push(owner);
    } catch {
      owner.counts.dropped.refused++;
    }
  }

  #show(batch: NativeBatch): void {
    for (let at = 0; at + INDEX_STRIDE <= batch.index.length; at += INDEX_STRIDE) {
      const owner = this.#owner(batch, at);
      if (!owner) continue;
      const { index } = batch;
      const about = { objectCount: index[at + 3] ?? 0, ageMs: (index[at + 4] ?? 0) / 1000 };
      const view = new DetectionView(owner.subject, bytesOf(batch, at), about);
      try {
        for (const listener of this.#listeners) listener(view);
      } finally {
        view.close();
      }
    }
  }

  #drop(batch: NativeBatch, cause: DropCause): void {
    for (let at = 0; at + INDEX_STRIDE <= batch.index.length; at += INDEX_STRIDE) {
      const owner = this.#owner(batch, at);
      if (!owner) {
        this.#stray();
        continue;
      }
      owner.counts.offered++;
      owner.counts.dropped[cause]++;
    }
    this.#options.release(batch.id);
  }

  #owner(batch: NativeBatch, at: number): Owner | undefined {
    return this.#owners.get(batch.index[at] ?? -1);
  }

  #stray(): void {
    this.strays++;
  }

  /** One flush at a time covers everything published before it. */
  async #flush(): Promise<void> {
    while (this.#waiting.length > 0) {
      const covered = this.#waiting;
      this.#waiting = [];
      // A rejected flush means the connection is gone, and with it the client's references to our bytes.
      const confirmed = await this.#options.link.flush().then(
        () => true,
        () => false,
      );
      for (const { batch, owners } of covered) {
        for (const { counts } of owners) settle(counts, confirmed);
        this.#heldBatches--;
        this.#heldBytes -= batch.bytes.length;
        if (confirmed) this.#options.flushed?.(batch);
        this.#options.release(batch.id);
      }
    }
    this.#flushing = undefined;
  }
}

/** A view of the message's bytes. */
function bytesOf({ bytes, index }: NativeBatch, at: number): Uint8Array {
  const offset = index[at + 1] ?? 0;
  return bytes.subarray(offset, offset + (index[at + 2] ?? 0));
}

function settle(counts: SinkCounts, confirmed: boolean): void {
  counts.waiting--;
  if (confirmed) counts.published++;
  else counts.dropped.unconfirmed++;
}
