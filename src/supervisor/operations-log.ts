/** Who changed what: a line of JSON each, beside the state. */
import { appendFile, readFile, rename, stat } from 'node:fs/promises';
import { type ErrorCode, WeirError } from '../spec/error.js';
import type { OperationRecord } from './views.js';

const KEPT = 1000;
const MAX_BYTES = 1024 * 1024;
/** Lines that wait for a disk that hangs; the latest are lost then. */
const MAX_WAITING = 1000;

/** Of those that are refused any length is heard. */
const MAX_ID = 64;

export type Attempt = Pick<OperationRecord, 'actor' | 'operation' | 'stream' | 'pipeline'>;

export interface OperationsLogOptions {
  readonly file: string;
  /** Told once, when lines begin to be lost. */
  onTrouble(message: string): void;
}

export class OperationsLog {
  readonly #options: OperationsLogOptions;
  readonly #records: OperationRecord[] = [];
  #waiting: string[] = [];
  #writing: Promise<void> | undefined;
  #troubled = false;
  /** What was written last has no end: the process ended in the middle of it. */
  #torn: boolean;

  private constructor(options: OperationsLogOptions, text: string) {
    this.#options = options;
    this.#torn = text !== '' && !text.endsWith('\n');
    for (const line of text.split('\n').slice(-KEPT - 1)) {
      const record = parse(line);
      if (record) this.#records.push(record);
    }
  }

  static async open(options: OperationsLogOptions): Promise<OperationsLog> {
    return new OperationsLog(options, await readFile(options.file, 'utf8').catch(() => ''));
  }

  /** Never waits, and never fails: what was done is done, whether or not it can be written down. */
  add(record: OperationRecord): void {
    this.#records.push(record);
    if (this.#records.length > KEPT) this.#records.shift();
    if (this.#waiting.length >= MAX_WAITING) return this.#trouble('the disk does not keep up');
    this.#waiting.push(JSON.stringify(record));
    this.#writing ??= this.#write().finally(() => (this.#writing = undefined));
  }

  /** Adds a record of an attempt with what became of it: the result of `act`, or the code of its error. */
  async record<T extends object>(of: Attempt, generation: () => number, act: () => Promise<T>): Promise<T> {
    const { actor, operation, ...about } = of;
    const on = Object.fromEntries(Object.entries(about).map(([key, id]) => [key, id.slice(0, MAX_ID)]));
    const note = (result: 'ok' | ErrorCode, more: Partial<OperationRecord> = {}) =>
      this.add({ time: new Date().toISOString(), actor, operation, ...on, result, ...more });
    try {
      const answer = await act();
      const changed = 'changed' in answer ? { changed: answer.changed as boolean } : {};
      note('ok', { ...changed, generation: generation() });
      return answer;
    } catch (error) {
      note(error instanceof WeirError ? error.code : 'INTERNAL');
      throw error;
    }
  }

  /** The latest first. */
  latest(lines: number): OperationRecord[] {
    return this.#records.slice(-lines).reverse();
  }

  /** What waits is written. */
  async close(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const lines = this.#waiting;
      this.#waiting = [];
      try {
        await this.#rotate();
        const begin = this.#torn ? '\n' : '';
        await appendFile(this.#options.file, `${begin}${lines.join('\n')}\n`, { mode: 0o600 });
        [this.#torn, this.#troubled] = [false, false];
      } catch (error) {
        // A disk that is full may have taken a part of it.
        this.#torn = true;
        this.#trouble((error as Error).message);
      }
    }
  }

  async #rotate(): Promise<void> {
    const { file } = this.#options;
    const size = await stat(file).then(
      (stats) => stats.size,
      () => 0,
    );
    if (size > MAX_BYTES) await rename(file, `${file}.1`);
  }

  #trouble(message: string): void {
    if (!this.#troubled) this.#options.onTrouble(message);
    this.#troubled = true;
  }
}

function parse(line: string): OperationRecord | undefined {
  try {
    const record = JSON.parse(line) as OperationRecord | null;
    return typeof record?.time === 'string' ? record : undefined;
  } catch {
    return undefined;
  }
}
