/** What is asked of the machine below: files and programs. Tests answer from recorded trees. */
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

export interface Machine {
  /** The text of a file of at most 1 MiB; undefined where it cannot be read. `path` is absolute. */
  read(path: string): Promise<string | undefined>;
  /** The names in a folder, sorted; none where it cannot be read. */
  list(path: string): Promise<readonly string[]>;
  /** Standard output of a program; undefined where it is missing, fails, or takes longer than `timeoutMs`. */
  run(command: string, args: readonly string[], timeoutMs?: number): Promise<string | undefined>;
}

const RUN_MS = 5_000;
const MAX_BYTES = 1024 * 1024;
const execute = promisify(execFile);

export const thisMachine: Machine = {
  async read(path) {
    try {
      // Files of /proc and /sys say 0 bytes, so their length is known only when they have been read.
      return (await readFile(path, 'utf8')).slice(0, MAX_BYTES);
    } catch {
      return undefined;
    }
  },
  async list(path) {
    try {
      return (await readdir(path)).sort();
    } catch {
      return [];
    }
  },
  async run(command, args, timeoutMs = RUN_MS) {
    try {
      const options = { timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: MAX_BYTES } as const;
      return (await execute(command, args, options)).stdout;
    } catch {
      return undefined;
    }
  },
};
