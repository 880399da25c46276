/** What a spool finds that a process before it has left. */
import { join } from 'node:path';
import type { SpoolFiles } from './files.js';
import { decode, entriesOf, type Entry, isMark, type Mark, type SpoolRecord } from './records.js';

/** Events from `first` to `last`, by their numbers in this process. */
export interface Segment {
  /** Written by this process. */
  readonly own: boolean;
  /** Of its file's name; grows. */
  readonly index: number;
  readonly path: string;
  /** Events at its beginning that stand in the segment before it too. */
  readonly skip: number;
  readonly first: number;
  last: number;
  bytes: number;
}

export interface Recovered {
  /** Without those of which nothing is needed any more. */
  readonly segments: Segment[];
  /** Number of the last event that was taken; the last event of all has number 0. */
  readonly done: number;
  readonly mark: Mark | undefined;
  /** Events that were taken out of a torn end, or never were whole. */
  readonly torn: number;
  readonly nextIndex: number;
}

const NAME = /^(\d{12})\.seg$/;

export function segmentPath(folder: string, index: number): string {
  return join(folder, `${String(index).padStart(12, '0')}.seg`);
}

export async function recover(files: SpoolFiles, folder: string): Promise<Recovered> {
  await files.makeFolder(folder);
  const indexes = (await files.list(folder))
    .flatMap((name) => NAME.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
  const found: Segment[] = [];
  const ids = new Map<string, number>();
  let [mark, torn] = [undefined as Mark | undefined, 0];
  for (const index of indexes) {
    const path = segmentPath(folder, index);
    const bytes = await files.read(path);
    const { records, whole } = decode(bytes);
    if (!whole) torn++;
    const [first, skip] = [ids.size, known(records, ids)];
    for (const record of records) {
      if (isMark(record)) mark = record;
      else if (!ids.has(record.id)) ids.set(record.id, ids.size);
    }
    found.push({ own: false, index, path, skip, first, last: ids.size - 1, bytes: bytes.length });
  }
  const shift = 1 - ids.size;
  const done = (mark && ids.get(mark.done)) ?? -1;
  const segments = found.map((s) => ({ ...s, first: s.first + shift, last: s.last + shift }));
  const needed = segments.filter((segment) => segment.last > done + shift && segment.last >= segment.first);
  for (const { path } of segments.filter((segment) => !needed.includes(segment))) await files.unlink(path);
  return { segments: needed, done: done + shift, mark, torn, nextIndex: (indexes.at(-1) ?? 0) + 1 };
}

/** Events at the beginning that are known already: written once more after a failure. */
function known(records: readonly SpoolRecord[], ids: ReadonlyMap<string, number>): number {
  const events = entriesOf(records);
  const fresh = events.findIndex(({ id }) => !ids.has(id));
  return fresh < 0 ? events.length : fresh;
}

/** Events with their numbers, as far as they can be read. */
export async function readSegment(files: SpoolFiles, segment: Segment): Promise<Entry[]> {
  const { own, first, last, skip, path } = segment;
  const events = entriesOf(decode(await read(files, path)).records);
  if (own) return events.filter(({ n }) => n >= first && n <= last);
  return events.slice(skip, skip + last - first + 1).map((event, i) => ({ ...event, n: first + i }));
}

/** What is gone, or cannot be read any more, is empty; all else may be better at the next attempt. */
async function read(files: SpoolFiles, path: string): Promise<Buffer> {
  try {
    return await files.read(path);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'EIO') return Buffer.alloc(0);
    throw error;
  }
}
