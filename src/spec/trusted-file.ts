/** Files that are loaded as code or as good as code: nobody but root and the user of the appliance may have made them. */
import { lstatSync, realpathSync, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { WeirError } from './error.js';

const WRITABLE_BY_ALL = 0o002;
/** In such a folder nobody can replace what is another's. */
const STICKY = 0o1000;

export interface TrustOptions {
  /** What it is, for messages. */
  readonly what: string;
  /** It is code itself: its owner counts too. Default: its content is verified otherwise. */
  readonly code?: boolean;
  /** User id of the appliance; default: that of the process. */
  readonly uid?: number | undefined;
}

/** Throws FILE_UNTRUSTED naming the file or folder that could have been tampered with. A link counts with its target. */
export function requireTrusted(path: string, options: TrustOptions): void {
  const real = realpathSync(path);
  for (const place of new Set([...foldersOf(path), ...foldersOf(real), real])) {
    const found = lstatSync(place);
    const why = found.isSymbolicLink() ? undefined : suspicion(found, place === real, options);
    if (why) throw untrusted(path, place, why, options.what);
  }
  if (!statSync(real).isFile()) throw untrusted(path, real, 'is not a regular file', options.what);
}

function* foldersOf(path: string): Iterable<string> {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    yield folder;
    if (folder === dirname(folder)) return;
  }
}

function suspicion({ mode, uid }: Stats, isFile: boolean, options: TrustOptions): string | undefined {
  if (mode & WRITABLE_BY_ALL && (isFile || !(mode & STICKY))) return 'may be written to by every user';
  const own = options.uid ?? process.geteuid?.() ?? 0;
  if (options.code && isFile && uid !== 0 && uid !== own) return `belongs to user ${uid}`;
  return undefined;
}

function untrusted(path: string, place: string, why: string, what: string): WeirError {
  const where = place === path ? path : `${path}: ${place}`;
  return new WeirError('FILE_UNTRUSTED', `${what} ${where} ${why}`, {
    remedy:
      'loading it would run what anybody put there: chmod o-w it, and have it belong to root or to this user',
  });
}
