/** Files beside an engine. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

const READABLE = 0o644;
const UNFINISHED = /\.\d+\.building$/;

/** What trtexec writes to, of one process: those of others do not meet. */
export function unfinishedPath(engine: string): string {
  return `${engine}.${process.pid}.building`;
}

export function lockPath(engine: string): string {
  return `${engine}.lock`;
}

export function logPath(engine: string): string {
  return `${engine}.log`;
}

/** The engine that an unfinished one would have become; undefined for any other file. */
export function engineOfUnfinished(path: string): string | undefined {
  return UNFINISHED.test(path) ? path.replace(UNFINISHED, '') : undefined;
}

/** What builds of this engine left behind that did not come to their end. */
export async function unfinishedOf(engine: string): Promise<string[]> {
  const folder = dirname(engine);
  const names = await readdir(folder).catch(() => []);
  const paths = names.map((name) => join(folder, name));
  return paths.filter((path) => engineOfUnfinished(path) === join(folder, basename(engine)));
}

/** Makes a file durable under its name. Others may read it, whatever the process's mask is, and nobody else may write. */
export async function publish(from: string, to: string): Promise<void> {
  await chmod(from, READABLE);
  await sync(from);
  await rename(from, to);
  await sync(dirname(to));
}

/** By way of `temporary`, in the same folder: after a power loss at any moment there is the old content or the new. */
export async function writeWhole(path: string, text: string, temporary: string): Promise<void> {
  try {
    const file = await open(temporary, 'w', READABLE);
    await file.writeFile(text).finally(() => file.close());
    await publish(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function sync(path: string): Promise<void> {
  await using file = await open(path, 'r');
  await file.sync();
}

export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
