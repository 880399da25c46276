/** The few operations on files that a spool needs: tests put a simulated disk here. */
import { mkdir, open, readdir, readFile, unlink } from 'node:fs/promises';

export interface SpoolFile {
  /** At the end. Rejects where not all of it was written. */
  append(bytes: Uint8Array): Promise<void>;
  /** Makes the content durable. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface SpoolFiles {
  /** Mode 0700, with those above it. */
  makeFolder(path: string): Promise<void>;
  /** Names in a folder. */
  list(folder: string): Promise<string[]>;
  read(path: string): Promise<Buffer>;
  /** A new file of mode 0600; rejects with EEXIST where one is. */
  create(path: string): Promise<SpoolFile>;
  unlink(path: string): Promise<void>;
  /** Makes names in a folder durable. */
  syncFolder(path: string): Promise<void>;
}

export const systemSpoolFiles: SpoolFiles = {
  makeFolder: async (path) => void (await mkdir(path, { recursive: true, mode: 0o700 })),
  list: (folder) => readdir(folder),
  read: (path) => readFile(path),
  async create(path) {
    const file = await open(path, 'wx', 0o600);
    return {
      append: (bytes) => file.appendFile(bytes),
      sync: () => file.datasync(),
      close: () => file.close(),
    };
  },
  unlink,
  async syncFolder(path) {
    await using folder = await open(path, 'r');
    await folder.sync();
  },
};
