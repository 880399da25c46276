/** Reads a durable file: the file itself if it is whole, else its last good copy. */
import { basename } from 'node:path';
import { WeirError } from '../../spec/error.js';
import { type Label, unseal } from './envelope.js';
import type { FileOps } from './file-ops.js';
import { codeOf, namesOf } from './replace-file.js';

export interface Reading<T> extends Label {
  readonly path: string;
  /** Throws for what is no content of ours. */
  readonly parse: (content: unknown) => T;
}

export interface Found<T> {
  /** Absent where there is neither file nor copy. */
  readonly content?: T;
  /** Told where the copy had to be used: what is wrong with the file. */
  readonly problem?: string;
}

type Copy<T> =
  | { readonly kind: 'whole'; readonly content: T }
  | { readonly kind: 'missing' | 'damaged' | 'newer'; readonly reason: string };

const MAX_BYTES = 16 * 1024 * 1024;

/** Rejects with STATE_CORRUPT, and IO where a file is there that may not be read. */
export async function readDurable<T>(files: FileOps, reading: Reading<T>): Promise<Found<T>> {
  const { path } = reading;
  const main = await readCopy(files, path, reading);
  if (main.kind === 'whole') return { content: main.content };
  if (main.kind === 'newer') throw newer(path, main.reason);
  const last = await readCopy(files, namesOf(path).last, reading);
  if (last.kind === 'whole') return { content: last.content, problem: damaged(path, main.reason) };
  if (last.kind === 'newer') throw newer(namesOf(path).last, last.reason);
  if (main.kind === 'missing' && last.kind === 'missing') return {};
  throw corrupt(path, main.reason, last.reason);
}

async function readCopy<T>(files: FileOps, path: string, reading: Reading<T>): Promise<Copy<T>> {
  try {
    const { bytes, regular } = await files.stat(path);
    if (!regular) return { kind: 'damaged', reason: 'it is no regular file' };
    if (bytes > MAX_BYTES) return { kind: 'damaged', reason: `it is larger than ${MAX_BYTES} bytes` };
    return examined(await files.read(path), reading);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT') return { kind: 'missing', reason: 'it is missing' };
    if (code === 'EACCES' || code === 'EPERM') throw forbidden(path, code, error);
    return { kind: 'damaged', reason: `it cannot be read: ${code || String(error)}` };
  }
}

function examined<T>(text: string, reading: Reading<T>): Copy<T> {
  const unsealed = unseal(text, reading);
  if (!unsealed.ok) return { kind: unsealed.newer ? 'newer' : 'damaged', reason: unsealed.reason };
  try {
    return { kind: 'whole', content: reading.parse(unsealed.content) };
  } catch {
    return { kind: 'damaged', reason: `it is whole, but not a ${reading.kind} that weir would write` };
  }
}

function damaged(path: string, reason: string): string {
  return `${path}: ${reason}; the last good copy beside it is used, which may lack the last change`;
}

function newer(path: string, reason: string): WeirError {
  return new WeirError('STATE_CORRUPT', `${path} cannot be used: ${reason}`, {
    remedy: 'run the later version of weir, or move the file away to begin with the spec alone',
  });
}

function corrupt(path: string, main: string, last: string): WeirError {
  const copy = basename(namesOf(path).last);
  return new WeirError(
    'STATE_CORRUPT',
    `${path} cannot be used: ${main}; nor can ${copy} beside it: ${last}`,
    {
      remedy: 'bring one of them back from a backup, or move both away to begin with the spec alone',
    },
  );
}

function forbidden(path: string, code: string, cause: unknown): WeirError {
  return new WeirError('IO', `${path} cannot be read: ${code}`, {
    remedy: 'make the file belong to the user weir runs as',
    cause,
  });
}
