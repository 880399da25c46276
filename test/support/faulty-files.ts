/** A disk in memory: what is done to it is recorded, fails or hangs on demand, and may be lost with the power. */
import { createHash } from 'node:crypto';
import type { FileFacts, FileOps, NewFile } from '../../src/supervisor/state/file-ops.js';

/** Names of files and what they hold. Two names of one file share its number. */
export interface Image {
  readonly names: ReadonlyMap<string, number>;
  readonly contents: ReadonlyMap<number, Buffer>;
}

/** What was done. Names become durable with their folder, content with its file. */
export type DiskOp =
  | { readonly type: 'names'; readonly set: readonly (readonly [path: string, file: number | undefined])[] }
  | { readonly type: 'write'; readonly file: number; readonly data: Buffer }
  | { readonly type: 'sync'; readonly file: number }
  | { readonly type: 'syncFolder' };

export type CallName = keyof FileOps | 'write' | 'sync' | 'close';

export interface Call {
  /** From 0. */
  readonly n: number;
  readonly name: CallName;
  readonly path: string;
}

export interface Fault {
  /** The call rejects with this code. */
  readonly code?: string;
  /** How much of it is done all the same: nothing by default, or all; half of what is written. */
  readonly done?: 'all' | 'half';
  /** The call does not end before this; what it does is done then. */
  readonly until?: Promise<unknown>;
}

export const EMPTY_DISK: Image = { names: new Map(), contents: new Map() };

export class FaultyFiles implements FileOps {
  readonly calls: Call[] = [];
  readonly journal: DiskOp[] = [];
  /** Most calls that were under way at once. */
  busiest = 0;
  fault: (call: Call) => Fault | undefined = () => undefined;
  readonly #names: Map<string, number>;
  readonly #contents: Map<number, Buffer>;
  #busy = 0;

  constructor(readonly start: Image = EMPTY_DISK) {
    this.#names = new Map(start.names);
    this.#contents = new Map(start.contents);
  }

  /** As a process sees it, durable or not. */
  get image(): Image {
    return { names: new Map(this.#names), contents: new Map(this.#contents) };
  }

  create(path: string): Promise<NewFile> {
    return this.#call('create', path, () => {
      if (this.#names.has(path)) throw systemError('EEXIST', path);
      const file = 1 + Math.max(0, ...this.#contents.keys());
      this.#contents.set(file, Buffer.alloc(0));
      this.#rename([[path, file]]);
      return this.#opened(path, file);
    });
  }

  read(path: string): Promise<string> {
    return this.#call('read', path, () => this.#content(this.#file(path)).toString('utf8'));
  }

  stat(path: string): Promise<FileFacts> {
    return this.#call('stat', path, () => {
      return { bytes: this.#content(this.#file(path)).length, regular: true };
    });
  }

  link(path: string, name: string): Promise<void> {
    return this.#call('link', path, () => {
      if (this.#names.has(name)) throw systemError('EEXIST', name);
      this.#rename([[name, this.#file(path)]]);
    });
  }

  rename(from: string, to: string): Promise<void> {
    return this.#call('rename', from, () => {
      const file = this.#file(from);
      // As POSIX says: of two names of one file both stay.
      if (this.#names.get(to) === file) return;
      this.#rename([
        [to, file],
        [from, undefined],
      ]);
    });
  }

  unlink(path: string): Promise<void> {
    return this.#call('unlink', path, () => {
      this.#file(path);
      this.#rename([[path, undefined]]);
    });
  }

  syncFolder(path: string): Promise<void> {
    return this.#call('syncFolder', path, () => void this.journal.push({ type: 'syncFolder' }));
  }

  #opened(path: string, file: number): NewFile {
    return {
      write: (text) =>
        this.#call('write', path, (share) => {
          const whole = Buffer.from(text);
          const data = whole.subarray(0, Math.floor(whole.length * share));
          this.#contents.set(file, Buffer.concat([this.#content(file), data]));
          this.journal.push({ type: 'write', file, data });
        }),
      sync: () => this.#call('sync', path, () => void this.journal.push({ type: 'sync', file })),
      close: () => this.#call('close', path, () => undefined),
    };
  }

  async #call<T>(name: CallName, path: string, act: (share: number) => T): Promise<T> {
    const call = { n: this.calls.length, name, path };
    this.calls.push(call);
    this.busiest = Math.max(this.busiest, ++this.#busy);
    try {
      const { code, done, until } = this.fault(call) ?? {};
      await until;
      if (code === undefined) return act(1);
      if (done) attempt(() => act(done === 'all' ? 1 : 0.5));
      throw systemError(code, path);
    } finally {
      this.#busy--;
    }
  }

  #file(path: string): number {
    const file = this.#names.get(path);
    if (file === undefined) throw systemError('ENOENT', path);
    return file;
  }

  #content(file: number): Buffer {
    return this.#contents.get(file) ?? Buffer.alloc(0);
  }

  #rename(set: readonly (readonly [string, number | undefined])[]): void {
    for (const [path, file] of set) setName(this.#names, path, file);
    this.journal.push({ type: 'names', set });
  }
}

function setName(names: Map<string, number>, path: string, file: number | undefined): void {
  if (file === undefined) names.delete(path);
  else names.set(path, file);
}

/** What cannot be done has no effect; the call fails anyway. */
function attempt(act: () => unknown): void {
  try {
    act();
  } catch {
    // It rejects with the code of the fault.
  }
}

function systemError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}

/** Where a write may be torn; `everyByte` or fewer. */
export type Cuts = (length: number) => readonly number[];
export const everyByte: Cuts = (length) => Array.from({ length: length + 1 }, (_, i) => i);
export const fewCuts: Cuts = (length) => [0, Math.floor(length / 2), length];

/**
 * Every disk a power loss after `journal` may leave, each once: of the names changed since their folder was made
 * durable, any; of the bytes written since their file was, as many as a cut says, or all of them as zeros.
 */
export function* survivors(start: Image, journal: readonly DiskOp[], cuts: Cuts): Generator<Image> {
  const told = new Set<string>();
  const kept = contentsAfter(start, journal, cuts);
  for (const names of namesAfter(start, journal)) {
    for (const contents of choices(kept, new Set(names.values()))) {
      const image = { names, contents };
      const key = fingerprint(image);
      if (told.has(key)) continue;
      told.add(key);
      yield image;
    }
  }
}

function* namesAfter(start: Image, journal: readonly DiskOp[]): Generator<Map<string, number>> {
  const durable = new Map(start.names);
  const changes = journal.flatMap((op) => (op.type === 'names' || op.type === 'syncFolder' ? [op] : []));
  const synced = changes.findLastIndex(({ type }) => type === 'syncFolder') + 1;
  const apply = (names: Map<string, number>, op: DiskOp | undefined) => {
    if (op?.type === 'names') for (const [path, file] of op.set) setName(names, path, file);
  };
  for (const op of changes.slice(0, synced)) apply(durable, op);
  const pending = changes.slice(synced);
  for (let subset = 0; subset < 2 ** pending.length; subset++) {
    const names = new Map(durable);
    for (const [bit, op] of pending.entries()) if (subset & (1 << bit)) apply(names, op);
    yield names;
  }
}

/** By file, every content it may have. */
function contentsAfter(start: Image, journal: readonly DiskOp[], cuts: Cuts): Map<number, Buffer[]> {
  const files = new Set(journal.flatMap((op) => ('file' in op ? [op.file] : [])));
  const kept = new Map([...start.contents].map(([file, content]) => [file, [content]]));
  for (const file of files) kept.set(file, contentAfter(journal, file, cuts));
  return kept;
}

function contentAfter(journal: readonly DiskOp[], file: number, cuts: Cuts): Buffer[] {
  const ops = journal.filter((op) => 'file' in op && op.file === file);
  const synced = ops.findLastIndex(({ type }) => type === 'sync') + 1;
  const data = (part: readonly DiskOp[]) =>
    Buffer.concat(part.flatMap((op) => (op.type === 'write' ? [op.data] : [])));
  const [durable, loose] = [data(ops.slice(0, synced)), data(ops.slice(synced))];
  const torn = cuts(loose.length).map((cut) => Buffer.concat([durable, loose.subarray(0, cut)]));
  return [...torn, Buffer.concat([durable, Buffer.alloc(loose.length)])];
}

function* choices(kept: Map<number, Buffer[]>, files: ReadonlySet<number>): Generator<Map<number, Buffer>> {
  const [first, ...rest] = files;
  if (first === undefined) return yield new Map();
  for (const others of choices(kept, new Set(rest)))
    for (const content of kept.get(first) ?? [Buffer.alloc(0)]) yield new Map([...others, [first, content]]);
}

/** Equal for disks that look the same to a process. */
export function fingerprint({ names, contents }: Image): string {
  const hash = createHash('sha256');
  for (const [path, file] of [...names].sort(([a], [b]) => (a < b ? -1 : 1)))
    hash
      .update(`${path}\0${file}\0`)
      .update(contents.get(file) ?? '')
      .update('\0');
  return hash.digest('base64');
}

/** A disk that holds these files, each on its own. */
export function diskOf(files: Readonly<Record<string, string | Buffer>>): Image {
  const entries = Object.entries(files).map(
    ([path, content], i) => [path, i + 1, Buffer.from(content)] as const,
  );
  return {
    names: new Map(entries.map(([path, file]) => [path, file])),
    contents: new Map(entries.map(([, file, content]) => [file, content])),
  };
}

/** What a disk holds, by name. */
export function filesOf({ names, contents }: Image): Record<string, string> {
  return Object.fromEntries([...names].map(([path, file]) => [path, String(contents.get(file) ?? '')]));
}
