/** What a crashed worker's thread was at: a small file that the worker maps (native/pipeline/breadcrumb.cc). */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { WeirError } from '../spec/error.js';

export interface Breadcrumb {
  readonly signal: NodeJS.Signals;
  /** Of the source whose bytes the thread was working on; 0 where it worked for several, or for none. */
  readonly token: number;
  /** -1 where there is none. */
  readonly slot: number;
  /** `receive`, `parse`, `decode`, `mux`, `stop`, `snapshot`, `pipeline`, `unknown`, or `sent`: by another process. */
  readonly stage: string;
  /** The thread's name. */
  readonly thread: string;
}

const MAGIC = 'WBRC';
const VERSION = 1;
const WRITTEN = 2;
/** Offsets of little-endian numbers, and of names that end with a zero byte. */
const AT = { version: 4, state: 8, signal: 12, token: 16, slot: 20, stage: 24, thread: 40 } as const;
const NAME_SIZE = 16;
const SIZE = 56;

/** A new file, for one worker: an older one may still be mapped by its own. Throws IO. */
export function createBreadcrumb(path: string): void {
  const bytes = Buffer.alloc(SIZE);
  bytes.write(MAGIC, 'latin1');
  bytes.writeUInt32LE(VERSION, AT.version);
  try {
    rmSync(path, { force: true });
    writeFileSync(path, bytes, { flag: 'wx', mode: 0o600 });
  } catch (cause) {
    throw new WeirError('IO', `the breadcrumb ${path} cannot be made: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/** Undefined where no thread has written into it: the worker did not crash, or could not. */
export function readBreadcrumb(path: string): Breadcrumb | undefined {
  const bytes = contentOf(path);
  if (bytes?.length !== SIZE || bytes.toString('latin1', 0, AT.version) !== MAGIC) return undefined;
  const written = bytes.readUInt32LE(AT.version) === VERSION && bytes.readUInt32LE(AT.state) === WRITTEN;
  const signal = signalName(bytes.readInt32LE(AT.signal));
  if (!written || signal === undefined) return undefined;
  return {
    signal,
    token: bytes.readUInt32LE(AT.token),
    slot: bytes.readInt32LE(AT.slot),
    stage: nameAt(bytes, AT.stage),
    thread: nameAt(bytes, AT.thread),
  };
}

function contentOf(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

function signalName(number: number): NodeJS.Signals | undefined {
  const found = Object.entries(constants.signals).find(([, value]) => value === number);
  return found?.[0] as NodeJS.Signals | undefined;
}

function nameAt(bytes: Buffer, offset: number): string {
  const name = bytes.subarray(offset, offset + NAME_SIZE);
  const end = name.indexOf(0);
  return name.toString('utf8', 0, end < 0 ? NAME_SIZE : end);
}
