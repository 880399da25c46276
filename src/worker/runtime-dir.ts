/** Private folders for generated files. */
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { WeirError } from '../spec/error.js';

export interface RuntimeDir {
  readonly path: string;
  remove(): Promise<void>;
}

/** A name nobody else has, below `XDG_RUNTIME_DIR` or the system's temporary folder. */
export function runtimePath(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.XDG_RUNTIME_DIR || tmpdir(), `weir-${randomBytes(6).toString('hex')}`);
}

/** What `runtimePath` makes, so that nothing else is ever removed. */
export function isRuntimePath(path: string): boolean {
  return /\/weir-[0-9a-f]{12}$/.test(path);
}

/** Mode 0700, and new. Throws IO. */
export function makeRuntimeDir(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (cause) {
    throw new WeirError('IO', `cannot make a folder in ${dirname(path)}: ${(cause as Error).message}`, {
      remedy: 'point XDG_RUNTIME_DIR or TMPDIR at a folder this user may write to',
      cause,
    });
  }
}

/** Gone when the worker stops. Throws IO. */
export function createRuntimeDir(env?: NodeJS.ProcessEnv): RuntimeDir {
  const path = runtimePath(env);
  makeRuntimeDir(path);
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
