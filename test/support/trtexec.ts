/** A stand-in for trtexec, made for a release: see trtexec.mjs. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Release } from '../../src/engines/data/trtexec.js';

export type TrtexecFault =
  | ('operator' | 'importer' | 'memory' | 'implementation' | 'disk' | 'full' | 'library' | 'strange')
  | ('silent' | 'killed' | 'crash' | 'empty' | 'nothing' | 'hang');

/** As `Platform` has it, and as trtexec's own lines have it. */
export const TENSORRT = {
  '10.3': { tensorrt: '10.3.0', banner: '100300' },
  '10.16': { tensorrt: '10.16.1', banner: '101601' },
  '11.1': { tensorrt: '11.1.0', banner: '110100' },
} as const satisfies Record<Release, object>;

const PROGRAM = fileURLToPath(new URL('trtexec.mjs', import.meta.url));

/** Writes `<dir>/trtexec`; answers its path. */
export function writeTrtexec(dir: string, release: Release, fails?: TrtexecFault): string {
  const path = join(dir, 'trtexec');
  const setup = JSON.stringify({ release, version: TENSORRT[release].banner, fails });
  writeFileSync(path, `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' '${setup}' "$@"\n`, {
    mode: 0o755,
  });
  return path;
}
