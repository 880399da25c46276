/** What an appliance stands on, before anything of it runs: its log, its spec file, its places, its lock. */
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { loadSys, type Sys } from '../../native/sys.js';
import { WeirError } from '../../spec/error.js';
import { LogHub } from '../../supervisor/log-hub.js';
import { type Places, places } from '../../supervisor/places.js';
import { SpecSource } from '../../supervisor/spec-source.js';
import { createLogger, type Logger, type LogLevel, stderr } from '../../worker/log.js';
import { Redactor } from '../../worker/redact.js';

export interface UpOptions {
  readonly file: string;
  readonly logLevel: LogLevel;
  readonly env: NodeJS.ProcessEnv;
}

export interface Ground extends UpOptions {
  readonly source: SpecSource;
  readonly where: Places;
  readonly sys: Sys;
  readonly hub: LogHub;
  readonly log: Logger;
  readonly redactor: Redactor;
  /** No core dump and no look into the memory of supervisor and workers, which will hold passwords. */
  readonly hideMemory: boolean;
}

/** Throws SPEC_INVALID and NATIVE_MISSING. */
export function prepare(options: UpOptions): Ground {
  const { file, env, logLevel } = options;
  const source = new SpecSource(file, env);
  const where = places(source.resolve(source.read().spec).spec, source.file, env);
  const sys = loadSys();
  // A debugger may look into it where that is asked for.
  const hideMemory = env.WEIR_DUMPABLE !== '1';
  if (hideMemory) sys.hideMemory();
  const hub = new LogHub(stderr(), process.stderr.isTTY === true);
  const redactor = new Redactor();
  const log = createLogger({ level: logLevel, readable: false, redactor, write: (line) => hub.add(line) });
  return { ...options, source, where, sys, hub, log, redactor, hideMemory };
}

/** One process at a time runs an appliance. Throws ALREADY_RUNNING, and IO where the folder cannot be written to. */
export function claim({ sys, where: { lockFile } }: Ground): Disposable {
  try {
    mkdirSync(dirname(lockFile), { recursive: true, mode: 0o700 });
    const lock = sys.lockFile(lockFile);
    if (lock) return { [Symbol.dispose]: () => lock.release() };
  } catch (cause) {
    throw new WeirError('IO', `${lockFile} cannot be written: ${(cause as Error).message}`, {
      remedy: 'point stateDir at a folder this user may write to',
      cause,
    });
  }
  throw new WeirError('ALREADY_RUNNING', `process ${holder(lockFile)} runs this appliance (${lockFile})`, {
    remedy: 'use that one: weir status; or stop it first',
  });
}

function holder(lockFile: string): string {
  try {
    return readFileSync(lockFile, 'utf8').trim();
  } catch {
    return 'unknown';
  }
}
