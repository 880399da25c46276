/** What was counted of every stream within the last hour: bounded, whatever comes and goes. */
import type { WorkerStatus } from '../worker/status.js';
import { type Books, booksOf, EMPTY } from './books.js';
import { Snapshots } from './snapshots.js';

/** One stream's stay in one process: its totals begin at nothing and only grow. */
export interface Stay {
  readonly pipeline: string;
  readonly slots: number;
  /** Milliseconds of the wall clock. */
  readonly added: number;
  /** The last look at it. */
  readonly last: { readonly at: number; readonly books: Books };
  readonly end: StayEnd | undefined;
  /** As it was at the latest look not after `at`, or when it was added. */
  at(at: number): { readonly at: number; readonly books: Books };
}

/** `left`: nothing of it was in the pipeline any more. `lost`: its process ended; what followed is not known. */
export type StayEnd = 'left' | 'lost';

type Row = WorkerStatus['streams'][number];

export const KEPT_MS = 3_600_000;
export const EVERY_MS = 10_000;
const MAX_STAYS = 512;
/** Looks by request, on top. */
const MARKS = 32;

export class History {
  /** By stream, process and time of addition; the one not seen for longest comes first. */
  readonly #stays = new Map<string, Kept>();

  /** A look at all workers. Those that are missing have ended. */
  record(statuses: readonly WorkerStatus[], now: number, mark = false): void {
    const seen = new Set<string>();
    for (const { pid, pipeline, pipelineCounters, streams } of statuses)
      for (const row of streams) {
        const key = `${row.id} ${pid} ${row.added}`;
        seen.add(key);
        this.#stay(key, row, { pipeline, slots: pipelineCounters.slots }).look(row, now, mark);
      }
    for (const [key, stay] of this.#stays) if (!seen.has(key)) stay.end ??= 'lost';
    this.#forget(now);
  }

  /** The last row of a stream of which nothing is left. */
  left(row: Row, now: number): void {
    for (const stay of this.#stays.values())
      if (stay.id === row.id && stay.added === Date.parse(row.added) && stay.end !== 'left') {
        stay.look(row, now, false);
        stay.end = 'left';
      }
  }

  /** By id of the stream, the oldest first. */
  stays(): Map<string, Stay[]> {
    const byStream = new Map<string, Stay[]>();
    for (const stay of this.#stays.values())
      byStream.set(
        stay.id,
        [...(byStream.get(stay.id) ?? []), stay].sort((a, b) => a.added - b.added),
      );
    return byStream;
  }

  #stay(key: string, row: Row, home: Pick<Stay, 'pipeline' | 'slots'>): Kept {
    const stay = this.#stays.get(key) ?? new Kept(row, home);
    this.#stays.delete(key);
    this.#stays.set(key, stay);
    return stay;
  }

  #forget(now: number): void {
    for (const [key, stay] of this.#stays) {
      const old = stay.end !== undefined && stay.last.at < now - KEPT_MS;
      if (old || this.#stays.size > MAX_STAYS) this.#stays.delete(key);
    }
  }
}

class Kept implements Stay {
  readonly id: string;
  readonly pipeline: string;
  readonly slots: number;
  readonly added: number;
  end: StayEnd | undefined;
  readonly #regular = new Snapshots(KEPT_MS / EVERY_MS + 1);
  readonly #marks = new Snapshots(MARKS);
  #last: Stay['last'];

  constructor({ id, added }: Row, { pipeline, slots }: Pick<Stay, 'pipeline' | 'slots'>) {
    this.id = id;
    this.pipeline = pipeline;
    this.slots = slots;
    this.added = Date.parse(added);
    this.#last = { at: this.added, books: EMPTY };
  }

  get last(): Stay['last'] {
    return this.#last;
  }

  look(row: Row, now: number, mark: boolean): void {
    // One that only was too slow to answer is there after all.
    this.end = undefined;
    this.#last = { at: now, books: booksOf(row) };
    (mark ? this.#marks : this.#regular).push(now, this.#last.books);
  }

  at(at: number): { readonly at: number; readonly books: Books } {
    const looks = [this.#regular.before(at), this.#marks.before(at)].filter((look) => look !== undefined);
    const start = { at: this.added, books: EMPTY };
    return looks.reduce((latest, look) => (look.at > latest.at ? look : latest), start);
  }
}
