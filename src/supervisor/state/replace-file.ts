/** Puts new content in the place of a file, so that after a power loss at any moment it is the old or the new. */
import { dirname } from 'node:path';
import type { FileOps } from './file-ops.js';

/** The names beside a durable file. */
export function namesOf(path: string) {
  return { last: `${path}.last`, temp: `${path}.tmp`, lastTemp: `${path}.last.tmp` };
}

export interface Replacement {
  readonly text: string;
  /** The present file becomes the last good copy. */
  readonly keep: boolean;
  /** Called before anything is done to the file itself; what it throws ends the replacement. */
  readonly commit: () => void;
}

/** Resolves when the new content is durable. Rejects with the first failure; temporary files are gone then. */
export async function replaceFile(files: FileOps, path: string, replacement: Replacement): Promise<void> {
  const { temp } = namesOf(path);
  try {
    await removeLeftOvers(files, path);
    await writeNew(files, temp, replacement.text);
    replacement.commit();
    if (replacement.keep) await keepLast(files, path);
    replacement.commit();
    await files.rename(temp, path);
    await files.syncFolder(dirname(path));
  } catch (error) {
    await removeLeftOvers(files, path).catch(() => undefined);
    throw error;
  }
}

/** Temporary files of a process that ended in the middle of a write. */
export async function removeLeftOvers(files: FileOps, path: string): Promise<void> {
  const { temp, lastTemp } = namesOf(path);
  for (const each of [temp, lastTemp]) await unlinkIfThere(files, each);
}

export async function unlinkIfThere(files: FileOps, path: string): Promise<void> {
  try {
    await files.unlink(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

async function writeNew(files: FileOps, path: string, text: string): Promise<void> {
  const file = await files.create(path);
  try {
    await file.write(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** By a second name, so that there is a file and a copy at every moment. */
async function keepLast(files: FileOps, path: string): Promise<void> {
  const { last, lastTemp } = namesOf(path);
  try {
    await files.link(path, lastTemp);
  } catch (error) {
    if (!WITHOUT_LINKS.has(codeOf(error))) throw error;
    await files.rename(path, last);
    return;
  }
  await files.rename(lastTemp, last);
  // Where both were one file already, rename has left both names.
  await unlinkIfThere(files, lastTemp);
}

/** What file systems without second names say, such as FAT: there the copy is all there is for a moment. */
const WITHOUT_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/** The system's word for a failure; empty where it is not the system's. */
export function codeOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' ? code : '';
}
