import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TempDir extends AsyncDisposable {
  readonly path: string;
  remove(): Promise<void>;
}

/** An empty folder of its own: `await using dir = await tempDir()`. */
export async function tempDir(): Promise<TempDir> {
  const path = await mkdtemp(join(tmpdir(), 'weir-test-'));
  const remove = (): Promise<void> => rm(path, { recursive: true, force: true });
  return { path, remove, [Symbol.asyncDispose]: remove };
}

/** Runs `use` with an empty folder that is gone afterwards, also on failure. */
export async function withTempDir<T>(use: (path: string) => Promise<T> | T): Promise<T> {
  await using dir = await tempDir();
  return await use(dir.path);
}
