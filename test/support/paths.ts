import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's root folder. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Filmed footage, as scripts/footage/build.ts made it. */
export const footage = (name: string): string => join(root, '.cache/footage', name);

/** 640x360, without B-frames. */
export const H264 = footage('vtest-360p.h264');

/** Where CMake built: `WEIR_BUILD_DIR`, or `build/native` in the project. */
export const buildDir = resolve(root, process.env.WEIR_BUILD_DIR ?? 'build/native');

/** A program of ours. Throws when it has not been built. */
export function program(name: string): string {
  const path = join(buildDir, 'bin', name);
  if (existsSync(path)) return path;
  throw new Error(`${path} is missing; run scripts/setup, or set WEIR_BUILD_DIR to where it is built`);
}
