/** Loads a file that CMake built. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { WeirError } from '../spec/error.js';

const require = createRequire(import.meta.url);

export interface AddonRequest {
  /** What it is called in messages. */
  readonly name: string;
  /** Where it may be, in order. */
  readonly candidates: readonly string[];
  readonly remedy: string;
  /** Called before a file that is there is loaded. */
  prepare?(file: string): void;
}

/** The exports of the first that loads. Throws NATIVE_MISSING naming every file tried and the remedy. */
export function loadAddon({ name, candidates, remedy, prepare }: AddonRequest): unknown {
  const tried: string[] = [];
  for (const file of candidates) {
    if (!existsSync(file)) {
      tried.push(`${file}: no such file`);
      continue;
    }
    try {
      prepare?.(file);
      return require(file);
    } catch (cause) {
      tried.push(`${file}: ${(cause as Error).message.split('\n')[0]}`);
    }
  }
  throw new WeirError('NATIVE_MISSING', `${name} cannot be loaded; tried ${tried.join('; ')}`, { remedy });
}
