/** The streams of one worker: what it has been told of each and says of it, and how it is told of what is wanted now. */
import { isDeepStrictEqual } from 'node:util';
import type { ErrorCode } from '../spec/error.js';
import { Lanes } from '../streams/lanes.js';
import { within } from '../streams/within.js';
import { faultOf, type Operations } from '../worker/channel.js';
import type { StreamRow } from '../worker/status.js';
import type { StreamChange } from '../worker/worker.js';

/** A stream as it is wanted: as in weir.yaml, without defaults. */
export type StreamJson = Readonly<Record<string, unknown>>;

/** What became of a wish about a stream. */
export interface Carried {
  /** The worker that plays next will be told of it. */
  readonly pending: boolean;
  readonly change?: StreamChange;
}

export interface WorkerStreamsOptions {
  readonly channel: Pick<Operations, 'add' | 'update' | 'remove' | 'restart'>;
  readonly slots: number;
  /** What it was started with. */
  readonly told: ReadonlyMap<string, StreamJson>;
  wanted(): ReadonlyMap<string, StreamJson>;
  /** Nothing of a stream is left in the worker. */
  onLeft(id: string): void;
}

const STREAM_MS = 20_000;
export const PENDING: Carried = { pending: true };
const DONE: Carried = { pending: false };

export class WorkerStreams {
  readonly #options: WorkerStreamsOptions;
  readonly #told: Map<string, StreamJson>;
  /** Those it has been asked to add and has not answered for. */
  readonly #coming = new Set<string>();
  readonly #rows = new Map<string, StreamRow>();
  readonly #lanes = new Lanes();

  constructor(options: WorkerStreamsOptions) {
    this.#options = options;
    this.#told = new Map(options.told);
  }

  /** Those it runs. */
  get ids(): readonly string[] {
    return [...this.#told.keys()];
  }

  /** Whether it runs the stream, or is about to. */
  has(id: string): boolean {
    return this.#told.has(id) || this.#coming.has(id);
  }

  /** What it said last of a stream. */
  row(id: string): StreamRow | undefined {
    return this.#rows.get(id);
  }

  heard(row: StreamRow): void {
    this.#rows.set(row.id, row);
  }

  /** Makes its idea of a stream that of now. Rejects with what it refuses. */
  settle(id: string): Promise<Carried> {
    return inTime(this.#lanes.run(id, () => this.#tell(id)));
  }

  /** Connects a stream anew. */
  restart(id: string): Promise<Carried> {
    const restart = async () =>
      this.#told.has(id) ? carried(await this.#options.channel.restart(id)) : DONE;
    return inTime(this.#lanes.run(id, restart));
  }

  async #tell(id: string): Promise<Carried> {
    const { channel, wanted } = this.#options;
    if (!this.#told.has(id) && wanted().has(id)) await this.#room();
    const [next, known] = [wanted().get(id), this.#told.get(id)];
    if (isDeepStrictEqual(next, known)) return DONE;
    if (next === undefined) return this.#remove(id);
    if (known === undefined) return this.#add(id, next);
    const change = await channel.update(next);
    this.#told.set(id, next);
    return carried(change);
  }

  async #add(id: string, stream: StreamJson): Promise<Carried> {
    this.#coming.add(id);
    try {
      const change = await this.#options.channel.add(stream);
      this.#told.set(id, stream);
      return carried(change);
    } finally {
      this.#coming.delete(id);
    }
  }

  async #remove(id: string): Promise<Carried> {
    const { channel, onLeft } = this.#options;
    const change = await channel.remove(id);
    this.#told.delete(id);
    this.#rows.delete(id);
    onLeft(id);
    return carried(change);
  }

  /** The slot of a stream that is to leave may be promised already, and its removal wait for what is before it. */
  async #room(): Promise<void> {
    const { slots, wanted } = this.#options;
    const leaving = () => [...this.#told.keys(), ...this.#coming].filter((id) => !wanted().has(id));
    while (this.#told.size + this.#coming.size >= slots && leaving().length > 0)
      await Promise.all(leaving().map((id) => this.#lanes.run(id, () => this.#tell(id))));
  }
}

function carried(change: StreamChange): Carried {
  return { pending: false, change };
}

/**
 * Of a worker that ends meanwhile, or does not answer; one that has too few slots is about to be replaced by one
 * that has more.
 */
const LEFT_TO_THE_NEXT: ReadonlySet<ErrorCode> = new Set([
  'PIPELINE_FAILED',
  'STOPPED',
  'TIMEOUT',
  'SLOTS_FULL',
]);

async function inTime(asked: Promise<Carried>): Promise<Carried> {
  try {
    return await within(STREAM_MS, 'no answer', asked);
  } catch (error) {
    if (LEFT_TO_THE_NEXT.has(faultOf(error).code)) return PENDING;
    throw error;
  }
}
