/**
 * What stands in a segment: records one after the other, each as length and CRC-32 (both 32 bits, little endian) and JSON.
 * The end of a segment may be torn; what comes before it is whole.
 */
import { crc32 } from 'node:zlib';

export interface Event {
  /** Unique for ever: what it is deduplicated by. */
  readonly id: string;
  readonly subject: string;
  /** The message. */
  readonly data: string;
}

/** Everything up to and including the event of this id was taken by JetStream, or was given up. */
export interface Mark {
  readonly done: string;
  /** Number in the JetStream stream of the last that was taken; 0 where none was. */
  readonly seq: number;
}

/** `n` grows within a process; what an earlier one left has 0 and below. */
export interface Entry extends Event {
  readonly n: number;
}

/** An entry's number is that of the process that wrote it. */
export type SpoolRecord = Entry | Mark;

const HEAD_BYTES = 8;
/** Nothing longer is written; a length beyond it is no length. */
const MAX_RECORD_BYTES = 1024 * 1024;

export function isMark(record: SpoolRecord): record is Mark {
  return 'done' in record;
}

export function entriesOf(records: readonly SpoolRecord[]): Entry[] {
  return records.flatMap((record) => (isMark(record) ? [] : [record]));
}

export function encode(record: SpoolRecord): Buffer {
  const text = Buffer.from(JSON.stringify(record));
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32LE(text.length, 0);
  head.writeUInt32LE(crc32(text), 4);
  return Buffer.concat([head, text]);
}

/** Up to the first that is not whole. */
export function decode(bytes: Buffer): { readonly records: SpoolRecord[]; readonly whole: boolean } {
  const records: SpoolRecord[] = [];
  let at = 0;
  while (at + HEAD_BYTES <= bytes.length) {
    const length = bytes.readUInt32LE(at);
    const text = bytes.subarray(at + HEAD_BYTES, at + HEAD_BYTES + length);
    if (length > MAX_RECORD_BYTES || text.length < length || crc32(text) !== bytes.readUInt32LE(at + 4))
      break;
    // Zeros, which a file may end in after a power cut, have the CRC of nothing.
    if (length === 0) break;
    records.push(JSON.parse(text.toString('utf8')) as SpoolRecord);
    at += HEAD_BYTES + length;
  }
  return { records, whole: at === bytes.length };
}
