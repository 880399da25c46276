/**
 * Events on their way to JetStream: in memory, and on disk until they were taken. An event is written at once, so that it
 * survives the end of the process, and made durable with others a moment later. Where the disk fails or hangs, events
 * wait in memory, and the oldest are dropped and counted when there are too many.
 */
import { pause, withinMs } from '../pause.js';
import type { SpoolFile, SpoolFiles } from './files.js';
import { encode, type Entry, type Event, type Mark } from './records.js';
import { readSegment, recover, type Segment, segmentPath } from './recover.js';

export type { Entry, Event } from './records.js';

export interface SpoolOptions {
  /** For nobody else. Made where it is not there. */
  readonly folder: string;
  readonly maxBytes: number;
  readonly files: SpoolFiles;
  /** What is wrong with the disk, in words; undefined when all is well again. */
  onProblem(problem: string | undefined): void;
  /** There is something to read that was not there before. */
  onNews(): void;
  readonly retryMs?: number;
  readonly syncMs?: number;
  readonly patienceMs?: number;
  /** Events that are kept in memory only. */
  readonly maxInMemory?: number;
}

export interface SpoolCounts {
  /** Events that were handed in. */
  accepted: number;
  /** Not delivered and lost: the spool was full, the disk away and memory full, or the disk gave back other bytes. */
  readonly dropped: { full: number; memory: number; damaged: number };
}

const RETRY_MS = 1_000;
const SYNC_MS = 100;
/** An operation that takes longer is a problem that is told. */
const PATIENCE_MS = 700;
const MAX_IN_MEMORY = 10_000;
/** Events that are in memory although they are on disk, so that nothing is read while all is well. */
const RECENT = 1_024;
const SEGMENT_BYTES = 1024 * 1024;
/** A file of which nothing is needed is replaced when it is larger. */
const WORTH_REPLACING = 64 * 1024;
const CLOSE_MS = 1_000;

export class Spool {
  readonly counts: SpoolCounts = { accepted: 0, dropped: { full: 0, memory: 0, damaged: 0 } };
  /** Resolves once what an earlier process left is known, or cannot be. */
  readonly opened: Promise<void>;
  readonly #options: SpoolOptions;
  readonly #closing = new AbortController();
  /** The newest, without a gap. */
  #fresh: Entry[] = [];
  #segments: Segment[] = [];
  #file: SpoolFile | undefined;
  #nextIndex = 1;
  #last = 0;
  /** Newest that is in a file, and that is durable there. */
  #written = 0;
  #synced = 0;
  #syncedAt = Number.NEGATIVE_INFINITY;
  /** Newest that was dropped out of memory. */
  #lost = Number.NEGATIVE_INFINITY;
  /** All up to this one are settled, and of those behind it these. */
  #done = 0;
  readonly #ahead = new Map<number, { id: string; seq: number }>();
  #mark: Mark = { done: '', seq: 0 };
  #markWritten = true;
  /** Read up to here. */
  #cursor = 0;
  #loaded: { segment: Segment; last: number; entries: readonly Entry[] } | undefined;
  #problem: string | undefined;
  #recovered = false;
  /** There is something to write; and there is a mark to write, which may wait. */
  #wake = () => {};
  #stir = () => {};
  readonly #running: Promise<void>;

  constructor(options: SpoolOptions) {
    this.#options = options;
    let opened = () => {};
    this.opened = new Promise((resolve) => {
      opened = resolve;
    });
    this.#running = this.#run(opened);
  }

  /** Events that JetStream has not taken yet. */
  get waiting(): number {
    return this.#last - this.#done - this.#ahead.size;
  }

  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  get problem(): string | undefined {
    return this.#problem;
  }

  /** Number in the JetStream stream of an event before all that wait; 0 where none is known. */
  get seq(): number {
    return this.#mark.seq;
  }

  append(event: Event): void {
    this.counts.accepted++;
    this.#fresh.push({ ...event, n: ++this.#last });
    this.#bound();
    this.#wake();
    this.#options.onNews();
  }

  /** From the oldest that is not settled. */
  rewind(): void {
    this.#cursor = this.#done;
  }

  /** The next ones, in order; none where all were read. Rejects where the disk cannot be read now. */
  async next(most: number): Promise<Entry[]> {
    for (;;) {
      this.#cursor = Math.max(this.#cursor, this.#done);
      const from = this.#cursor + 1;
      const [oldest] = this.#fresh;
      const segment = this.#segments.find(({ last }) => last >= from);
      const inMemory = oldest !== undefined && oldest.n <= Math.max(from, segment?.first ?? from);
      const entries = inMemory || !segment ? this.#fresh : await this.#load(segment);
      const found = this.#pick(entries, from, most);
      const read = found.at(-1)?.n;
      if (read !== undefined) {
        this.#cursor = read;
        return found;
      }
      if (inMemory || !segment) return [];
      // What a segment should hold and does not is lost.
      this.#giveUp(Math.max(from, segment.first), segment.last, 'damaged');
      this.#cursor = Math.max(this.#cursor, segment.last);
    }
  }

  /** The first ones from `from` on that are not settled. */
  #pick(entries: readonly Entry[], from: number, most: number): Entry[] {
    const picked: Entry[] = [];
    let at = Math.max(0, from - (entries[0]?.n ?? 0));
    // Without gaps the place is known; numbers only grow.
    while (at > 0 && (entries[at - 1]?.n ?? from) >= from) at--;
    for (; at < entries.length && picked.length < most; at++) {
      const entry = entries[at];
      if (entry && entry.n >= from && !this.#ahead.has(entry.n)) picked.push(entry);
    }
    return picked;
  }

  /** It was taken, as number `seq` of the JetStream stream, or is given up: then without one. */
  settle({ n, id }: Entry, seq = 0): void {
    if (n <= this.#done) return;
    this.#ahead.set(n, { id, seq });
    this.#advance();
  }

  /** Writes what is left, for at most a second. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#wake();
    await withinMs(CLOSE_MS, this.#running);
  }

  /** It is read a few events at a time, which must not mean from disk each time. */
  async #load(segment: Segment): Promise<readonly Entry[]> {
    const { last } = segment;
    if (this.#loaded?.segment !== segment || this.#loaded.last !== last)
      this.#loaded = { segment, last, entries: await readSegment(this.#options.files, segment) };
    return this.#loaded.entries;
  }

  #advance(): void {
    const before = this.#done;
    let { done, seq } = this.#mark;
    for (let next = this.#ahead.get(this.#done + 1); next; next = this.#ahead.get(this.#done + 1)) {
      this.#ahead.delete(++this.#done);
      if (next.id !== '') done = next.id;
      seq = Math.max(seq, next.seq);
    }
    if (this.#done === before) return;
    if (done !== this.#mark.done) [this.#mark, this.#markWritten] = [{ done, seq }, false];
    this.#forget();
    this.#stir();
  }

  /** Events in memory that are settled, or safe on disk and many. */
  #forget(): void {
    const first = this.#fresh[0]?.n ?? 0;
    const settled = this.#done - first + 1;
    const safe = Math.min(this.#fresh.length - RECENT, this.#synced - first + 1);
    const spare = Math.max(0, settled, safe);
    if (spare > 0) this.#fresh.splice(0, spare);
    this.#written = Math.max(this.#written, this.#done);
    this.#synced = Math.max(this.#synced, this.#done);
  }

  /** Events that are nowhere but in memory. */
  #bound(): void {
    this.#forget();
    const { maxInMemory = MAX_IN_MEMORY } = this.#options;
    const lost = this.#last - maxInMemory;
    if (lost <= Math.max(this.#synced, this.#lost)) return;
    const first = this.#fresh[0]?.n ?? 0;
    this.#fresh.splice(0, lost - first + 1);
    this.#giveUp(Math.max(this.#synced, this.#lost) + 1, lost, 'memory');
    this.#lost = lost;
  }

  #giveUp(first: number, last: number, why: keyof SpoolCounts['dropped']): void {
    for (let n = Math.max(first, this.#done + 1); n <= last; n++) {
      if (this.#ahead.has(n)) continue;
      this.counts.dropped[why]++;
      this.#ahead.set(n, { id: '', seq: 0 });
    }
    this.#advance();
  }

  async #run(opened: () => void): Promise<void> {
    const { signal } = this.#closing;
    while (!this.#finished()) {
      try {
        await (this.#recovered ? this.#write() : this.#open());
        this.#tell(undefined);
        opened();
        if (!signal.aborted) await this.#idle();
      } catch (error) {
        this.#tell(wordsOf(error as NodeJS.ErrnoException));
        opened();
        await this.#abandon();
        if (signal.aborted) break;
        await pause(this.#options.retryMs ?? RETRY_MS, signal);
      }
    }
    await this.#file?.close().catch(() => undefined);
  }

  #finished(): boolean {
    const all = this.#recovered && this.#synced >= this.#last && this.#markWritten;
    return this.#closing.signal.aborted && all;
  }

  async #open(): Promise<void> {
    const { files, folder } = this.#options;
    const { segments, done, mark, torn, nextIndex } = await this.#timed('opening', recover(files, folder));
    this.#recovered = true;
    this.#segments = segments;
    this.#nextIndex = nextIndex;
    this.counts.dropped.damaged += torn;
    if (mark) this.#mark = mark;
    // Those of this process that were settled meanwhile stay settled: they stand behind the recovered ones.
    for (let n = 1; n <= this.#done; n++) if (segments.length > 0) this.#ahead.set(n, { id: '', seq: 0 });
    if (segments.length > 0) [this.#done, this.#cursor] = [done, done];
    this.#options.onNews();
  }

  /** Everything there is to write; durable when the time for that has come. */
  async #write(): Promise<void> {
    const batch = this.#fresh.filter(({ n }) => n > this.#written);
    if (batch.length > 0 || !this.#markWritten) {
      await this.#room();
      await this.#put(batch);
      await this.#clean();
    }
    const due = this.#closing.signal.aborted || performance.now() - this.#syncedAt >= this.#syncMs;
    if (this.#file && this.#written > this.#synced && due) {
      const upTo = this.#written;
      await this.#timed('fsync', this.#file.sync());
      this.#syncedAt = performance.now();
      this.#synced = Math.max(this.#synced, upTo);
      this.#forget();
    }
  }

  async #put(batch: readonly Entry[]): Promise<void> {
    const segment = this.#segments.at(-1);
    if (!segment || !this.#file) throw new Error('no file to write into');
    const mark = this.#mark;
    const records = batch.map((entry) => encode(entry));
    const bytes = Buffer.concat(mark.done === '' ? records : [...records, encode(mark)]);
    await this.#timed('writing', this.#file.append(bytes));
    segment.bytes += bytes.length;
    segment.last = batch.at(-1)?.n ?? segment.last;
    this.#written = Math.max(this.#written, segment.last);
    this.#markWritten = this.#mark === mark;
  }

  /** A file to write into, and fewer where there are too many bytes. */
  async #room(): Promise<void> {
    const { files, folder, maxBytes } = this.#options;
    const size = Math.min(SEGMENT_BYTES, Math.ceil(maxBytes / 8));
    const active = this.#segments.at(-1);
    const idle = active !== undefined && active.last <= this.#done && active.bytes > WORTH_REPLACING;
    if (this.#file && active && active.bytes < size && !idle) return;
    if (this.#file) await this.#seal();
    const first = Math.max(this.#written, this.#done) + 1;
    const index = this.#nextIndex++;
    const path = segmentPath(folder, index);
    this.#file = await this.#timed('creating a file', files.create(path));
    this.#segments.push({ own: true, index, path, skip: 0, first, last: first - 1, bytes: 0 });
    await this.#timed('syncing the folder', files.syncFolder(folder));
  }

  async #seal(): Promise<void> {
    const file = this.#file;
    await this.#timed('fsync', file?.sync() ?? Promise.resolve());
    this.#synced = Math.max(this.#synced, this.#written);
    this.#file = undefined;
    await file?.close();
  }

  /** Takes files away: those that are settled, and the oldest where there are too many bytes. */
  async #clean(): Promise<void> {
    const { files, maxBytes } = this.#options;
    for (;;) {
      const [oldest, ...others] = this.#segments;
      if (!oldest || others.length === 0) return;
      const full = this.bytes > maxBytes;
      if (oldest.last > this.#done && !full) return;
      await this.#timed('removing a file', files.unlink(oldest.path));
      this.#segments = this.#segments.filter((segment) => segment !== oldest);
      if (oldest.last > this.#done) this.#giveUp(oldest.first, oldest.last, 'full');
    }
  }

  /** After a failure nothing is known of what was written since the file was last durable: it is written once more. */
  async #abandon(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close().catch(() => undefined);
    const active = file && this.#segments.at(-1);
    if (!active) return;
    active.last = Math.min(active.last, Math.max(this.#synced, active.first - 1));
    this.#written = this.#synced;
    this.#markWritten = false;
    if (active.last >= active.first) return;
    this.#segments = this.#segments.filter((segment) => segment !== active);
    await this.#options.files.unlink(active.path).catch(() => undefined);
  }

  async #idle(): Promise<void> {
    if (this.#unwritten) return;
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
      this.#stir = resolve;
    });
    const loose = this.#written > this.#synced || !this.#markWritten;
    if (loose) this.#stir = () => {};
    await (loose ? withinMs(this.#syncMs, woken) : woken);
    // Marks are written a few at a time: that spares the disk.
    if (!loose && !this.#unwritten && !this.#closing.signal.aborted) await this.#idle();
  }

  get #unwritten(): boolean {
    return (this.#fresh.at(-1)?.n ?? 0) > this.#written;
  }

  get #syncMs(): number {
    return this.#options.syncMs ?? SYNC_MS;
  }

  /** Tells of an operation that does not end; it is waited for all the same. */
  async #timed<T>(what: string, work: Promise<T>): Promise<T> {
    const since = performance.now();
    const timer = setInterval(() => {
      const seconds = ((performance.now() - since) / 1000).toFixed(1);
      this.#tell(`the disk does not answer: ${what} has taken ${seconds} s`);
    }, this.#options.patienceMs ?? PATIENCE_MS);
    try {
      return await work;
    } finally {
      clearInterval(timer);
    }
  }

  #tell(problem: string | undefined): void {
    const before = this.#problem;
    this.#problem = problem;
    if (kindOf(before) !== kindOf(problem)) this.#options.onProblem(problem);
  }
}

/** The same trouble for longer is no news. */
function kindOf(problem: string | undefined): string | undefined {
  return problem?.replace(/ has taken .*/, '');
}

const WORDS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of the disk is used up',
  EROFS: 'the disk is mounted read-only',
  EACCES: 'the folder may not be written to',
  EPERM: 'the folder may not be written to',
  EIO: 'the disk has failed',
};

function wordsOf({ code = '', message }: NodeJS.ErrnoException): string {
  return WORDS[code] ?? message;
}
