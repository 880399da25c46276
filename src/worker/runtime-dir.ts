/** A private folder for generated files, gone when the worker stops. */
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WeirError } from '../spec/error.js';

export interface RuntimeDir {
  readonly path: string;
  remove(): Promise<void>;
}

/** Mode 0700, below `XDG_RUNTIME_DIR` or the system's temporary folder. */
export function createRuntimeDir(env: NodeJS.ProcessEnv = process.env): RuntimeDir {
  const parent = env.XDG_RUNTIME_DIR || tmpdir();
  try {
    const path = mkdtempSync(join(parent, 'weir-'));
    return { path, remove: () => rm(path, { recursive: true, force: true }) };
  } catch (cause) {
    throw new WeirError('IO', `cannot make a folder in ${parent}: ${(cause as Error).message}`, {
      remedy: 'point XDG_RUNTIME_DIR or TMPDIR at a folder this user may write to',
      cause,
    });
  }
}
