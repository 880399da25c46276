/** Protocol buffers in a file, field by field: what is not asked for, such as weights, is stepped over. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

export interface Field {
  readonly number: number;
  /** Of a field that is a number. */
  readonly value: number;
  /** Of a field with content: where that lies. */
  readonly start: number;
  readonly end: number;
}

const WINDOW = 64 * 1024;
/** That of protocol buffers themselves. */
const MAX_BYTES = 2 ** 31;
const MAX_FIELDS = 5_000_000;
const MAX_TEXT = 4_096;
/** Lengths of what has a fixed length, by wire type. */
const FIXED: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

export class ProtoFile implements Disposable {
  readonly length: number;
  readonly #fd: number;
  readonly #window = Buffer.alloc(WINDOW);
  #from = 0;
  #filled = 0;
  #fields = 0;

  /** Throws as node:fs does, and Error for a file that is too large. */
  constructor(path: string) {
    this.#fd = openSync(path, 'r');
    this.length = fstatSync(this.#fd).size;
    if (this.length <= MAX_BYTES) return;
    this[Symbol.dispose]();
    throw new Error(`${this.length} bytes, expected at most ${MAX_BYTES}`);
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }

  /** Throws Error where the bytes are no fields. */
  *fields(start = 0, end = this.length): Generator<Field> {
    for (let at = start; at < end;) {
      if (++this.#fields > MAX_FIELDS) throw new Error(`more than ${MAX_FIELDS} fields`);
      const field = this.#field(at);
      if (field.end > end) throw new Error(`byte ${at}: a field that is longer than what it is in`);
      yield field;
      at = field.end;
    }
  }

  text({ start, end }: Field): string {
    const length = Math.min(end - start, MAX_TEXT);
    const bytes = Buffer.alloc(length);
    readSync(this.#fd, bytes, 0, length, start);
    return bytes.toString('utf8');
  }

  #field(at: number): Field {
    const [key, start] = this.#varint(at);
    const number = Math.floor(key / 8);
    const wire = key % 8;
    if (wire === 0) {
      const [value, end] = this.#varint(start);
      return { number, value, start, end };
    }
    if (wire === 2) {
      const [length, content] = this.#varint(start);
      return { number, value: 0, start: content, end: content + length };
    }
    const fixed = FIXED[wire];
    if (fixed === undefined) throw new Error(`byte ${at}: no field begins here`);
    return { number, value: 0, start, end: start + fixed };
  }

  /** A number, and where it ends. Beyond 2^53 it is only about right: -1 is one of those. */
  #varint(at: number): readonly [value: number, end: number] {
    let value = 0;
    for (let i = 0; i < 10; i++) {
      const byte = this.#byte(at + i);
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return [value, at + i + 1];
    }
    throw new Error(`byte ${at}: a number without end`);
  }

  #byte(at: number): number {
    if (at < this.#from || at >= this.#from + this.#filled) this.#fill(at);
    const byte = this.#window[at - this.#from];
    if (byte === undefined || at >= this.#from + this.#filled)
      throw new Error('it ends in the middle of a field');
    return byte;
  }

  #fill(at: number): void {
    this.#filled = readSync(this.#fd, this.#window, 0, WINDOW, at);
    this.#from = at;
  }
}
