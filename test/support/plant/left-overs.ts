/** What is left of an appliance that has ended. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { loadSys } from '../../../src/native/sys.js';
import { processesOf } from './processes.js';

export interface Place {
  readonly dir: string;
  /** For run-time files. */
  readonly runDir: string;
  /** Of the spec file, without its ending. */
  readonly name: string;
}

/** A sentence each; none where it left only what it is meant to remember. */
export function leftOvers({ dir, runDir, name }: Place): string[] {
  return [
    ...processesOf(runDir).map(({ pid, command }) => `process ${pid}: ${command}`),
    ...readdirSync(runDir).map((file) => `folder or file for run-time files: ${file}`),
    ...[`${name}.sock`, `${name}.workers.json`].filter((file) => existsSync(join(dir, file))),
    ...readdirSync(dir).filter((file) => file.endsWith('.tmp')),
    ...(locked(join(dir, `${name}.lock`)) ? ['the lock is held'] : []),
  ];
}

function locked(file: string): boolean {
  if (!existsSync(file)) return false;
  const lock = loadSys().lockFile(file);
  lock?.release();
  return lock === undefined;
}
