/**
 * A file whose content survives a power loss, a full disk and a disk that hangs. What `update` has acknowledged is
 * there after a restart; what it has refused does not come back once the disk has recovered.
 */
import { dirname } from 'node:path';
import { WeirError } from '../../spec/error.js';
import { deepFreeze } from '../../spec/freeze.js';
import { within } from '../../streams/within.js';
import { seal, unseal } from './envelope.js';
import { type FileOps, systemFiles } from './file-ops.js';
import type { Json } from './json.js';
import { type Found, readDurable, type Reading } from './read-durable.js';
import { removeLeftOvers, replaceFile, unlinkIfThere } from './replace-file.js';
import { closed, notReadInTime, notWrittenInTime, stillStuck, tooMany, unwritable } from './unwritable.js';

export interface DurableFileOptions<T> extends Reading<T> {
  /** The content before anything was written. */
  readonly initial: T;
  readonly files?: FileOps;
  /** Of each write, waiting for its turn included, and of opening; default 5,000. */
  readonly deadlineMs?: number;
}

interface Content<T> {
  readonly value: T;
  readonly text: string;
}

/** `good`: the acknowledged content. `unsure`: perhaps one that was refused. `unusable`: missing or damaged. */
type OnDisk = 'good' | 'unsure' | 'unusable';

interface Attempt {
  givenUp: boolean;
}

const DEADLINE_MS = 5_000;
const MEND_MS = 1_000;
const MAX_WAITING = 256;

export class DurableFile<T extends object> implements AsyncDisposable {
  readonly problem: string | undefined;
  readonly #options: DurableFileOptions<T>;
  readonly #files: FileOps;
  readonly #deadlineMs: number;
  /** The last that was acknowledged. */
  #content: Content<T> | undefined;
  #onDisk: OnDisk;
  #turn: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  /** Given up, but still under way: it may yet change the file. */
  #stuck: Attempt | undefined;
  #mending: NodeJS.Timeout | undefined;
  #closed = false;

  private constructor(options: DurableFileOptions<T>, { content, problem }: Found<T>) {
    this.#options = options;
    this.#files = options.files ?? systemFiles;
    this.#deadlineMs = options.deadlineMs ?? DEADLINE_MS;
    this.problem = problem;
    this.#content = content && this.#sealed(content);
    this.#onDisk = content && problem === undefined ? 'good' : 'unusable';
  }

  /** Rejects with STATE_CORRUPT or IO. A file of a later format is left as it is. */
  static async open<T extends object>(options: DurableFileOptions<T>): Promise<DurableFile<T>> {
    const { path, files = systemFiles, deadlineMs = DEADLINE_MS } = options;
    const read = async () => {
      const found = await readDurable(files, options);
      // A disk that cannot be written is no reason not to start.
      await removeLeftOvers(files, path).catch(() => undefined);
      return new DurableFile(options, found);
    };
    return within(deadlineMs, () => notReadInTime(path, deadlineMs), read());
  }

  /** Frozen. */
  get content(): T {
    return this.#content?.value ?? this.#options.initial;
  }

  /**
   * Writes what `make` makes of the content, when it is its turn; nothing where it returns what it was given. Resolves
   * when that is durable. Rejects with STATE_UNWRITABLE, and with what `make` throws.
   */
  async update(make: (now: T) => T): Promise<T> {
    return this.#inTurn(async (expires) => {
      const now = this.content;
      const next = make(now);
      if (next === now) return now;
      const content = this.#sealed(next);
      await this.#inTime(expires, (attempt) => this.#write(content, attempt));
      return content.value;
    });
  }

  /** Safe twice. What was asked for before is carried out or refused. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#mending);
    await this.#turn;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** One after the other. Nothing waits behind one that hangs: each would cost one of the few threads for files. */
  async #inTurn<R>(act: (expires: number) => Promise<R>): Promise<R> {
    const { path } = this.#options;
    if (this.#closed) throw closed(path);
    if (this.#stuck) throw stillStuck(path);
    if (this.#waiting >= MAX_WAITING) throw tooMany(path, MAX_WAITING);
    const expires = performance.now() + this.#deadlineMs;
    this.#waiting++;
    const turn = this.#turn.then(() => {
      this.#waiting--;
      if (this.#stuck) throw stillStuck(path);
      return act(expires);
    });
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #inTime(expires: number, act: (attempt: Attempt) => Promise<void>): Promise<void> {
    const attempt = { givenUp: false };
    const work = act(attempt).finally(() => this.#mendSoon());
    await within(expires - performance.now(), () => this.#giveUp(attempt, work), work);
  }

  async #write(content: Content<T>, attempt: Attempt): Promise<void> {
    try {
      await this.#mend();
      await this.#replace(content, attempt);
    } catch (error) {
      throw unwritable(this.#options.path, error);
    }
  }

  async #replace(content: Content<T>, attempt: Attempt): Promise<void> {
    const keep = this.#onDisk === 'good';
    const commit = () => {
      if (attempt.givenUp) throw new Error('it was given up');
      this.#onDisk = 'unsure';
    };
    try {
      await replaceFile(this.#files, this.#options.path, { text: content.text, keep, commit });
      commit();
      this.#content = content;
      this.#onDisk = 'good';
    } catch (error) {
      await this.#mend().catch(() => undefined);
      throw error;
    }
  }

  /** What was refused must not be found by the next process. */
  async #mend(): Promise<void> {
    if (this.#onDisk !== 'unsure') return;
    const { path } = this.#options;
    if (this.#content) {
      const { text } = this.#content;
      await replaceFile(this.#files, path, { text, keep: false, commit: () => undefined });
    } else {
      await unlinkIfThere(this.#files, path);
      await this.#files.syncFolder(dirname(path));
    }
    this.#onDisk = this.#content ? 'good' : 'unusable';
  }

  /** Again and again until it has succeeded, for nobody may write for long. */
  #mendSoon(): void {
    clearTimeout(this.#mending);
    if (this.#onDisk !== 'unsure' || this.#closed) return;
    const mend = () => this.#inTurn((expires) => this.#inTime(expires, () => this.#mend()));
    // A turn that was refused mends nothing, but what it was refused for ends by asking for this again.
    this.#mending = setTimeout(() => void mend().catch(() => undefined), MEND_MS).unref();
  }

  #giveUp(attempt: Attempt, work: Promise<void>): WeirError {
    attempt.givenUp = true;
    this.#stuck = attempt;
    const free = () => (this.#stuck = undefined);
    work.then(free, free);
    return notWrittenInTime(this.#options.path, this.#deadlineMs);
  }

  /** As it will be read. */
  #sealed(value: T): Content<T> {
    const text = seal(value as unknown as Json, this.#options);
    return { value: deepFreeze(this.#read(text)), text };
  }

  /** What could not be read again is our own mistake: found before it is on the disk. */
  #read(text: string): T {
    const { path, kind, parse } = this.#options;
    try {
      const unsealed = unseal(text, this.#options);
      if (unsealed.ok) return parse(unsealed.content);
      throw new Error(unsealed.reason);
    } catch (cause) {
      const { message } = cause as Error;
      throw new WeirError('INTERNAL', `${path}: not a ${kind} that could be read again: ${message}`, {
        cause,
      });
    }
  }
}
