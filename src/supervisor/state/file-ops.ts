/** The few operations on files that durable state needs: tests put a simulated disk here. */
import { link, open, readFile, rename, stat, unlink } from 'node:fs/promises';

export interface FileOps {
  /** A new file of mode 0600, for writing; rejects with EEXIST where one is. */
  create(path: string): Promise<NewFile>;
  read(path: string): Promise<string>;
  stat(path: string): Promise<FileFacts>;
  /** A second name for a file. */
  link(path: string, name: string): Promise<void>;
  /** Replaces what is at `to`, in one step. */
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** Makes names in a folder durable. */
  syncFolder(path: string): Promise<void>;
}

export interface NewFile {
  write(text: string): Promise<void>;
  /** Makes the content durable. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface FileFacts {
  readonly bytes: number;
  readonly regular: boolean;
}

export const systemFiles: FileOps = {
  async create(path) {
    const file = await open(path, 'wx', 0o600);
    return { write: (text) => file.writeFile(text), sync: () => file.sync(), close: () => file.close() };
  },
  read: (path) => readFile(path, 'utf8'),
  async stat(path) {
    const facts = await stat(path);
    return { bytes: facts.size, regular: facts.isFile() };
  },
  link,
  rename,
  unlink,
  async syncFolder(path) {
    await using folder = await open(path, 'r');
    await folder.sync();
  },
};
